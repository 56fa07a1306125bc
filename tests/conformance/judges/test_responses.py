"""All responses of a session, and the one that may be active."""

import json
from typing import Any

import pytest

from conformance.judging import Broken, add, breaks, drop, judge, move, put, repeat, rules_broken
from conformance.scenes import (
    cancel,
    function_call,
    out_of_band,
    spoken_turn,
    text_turn,
    tool_server,
)
from conformance.sessions import WRITTEN
from conformance.traces import Script

LABEL = {
    "id": "item_2",
    "type": "message",
    "role": "assistant",
    "status": "completed",
    "content": [{"type": "output_text", "text": "greeting"}],
}
CREATED, DONE = "response.created", "response.done"
PLACE: dict[str, Any] = {
    "response_id": "resp_1",
    "item_id": "item_2",
    "output_index": 0,
    "content_index": 0,
}


def two_at_once() -> Script:
    """The server begins a second response while the first one runs."""
    script = Script(WRITTEN).connect()
    script.user_text()
    script.respond()
    first = script.response
    script.respond()
    script.end()
    script.response = first
    script.end()
    return script


def reused() -> Script:
    """Two responses with nothing in them."""
    script = Script(WRITTEN).connect()
    for _ in range(2):
        script.respond()
        script.end()
    return script


def reused_item() -> Script:
    """An out-of-band item under an id that the conversation knows."""
    script = Script(WRITTEN).connect()
    script.user_text()
    script.forget("item")
    script.respond(conversation="none")
    script.write("label")
    script.end()
    return script


def reused_call() -> Script:
    """Two calls under one call_id."""
    script = Script(WRITTEN).connect()
    script.respond()
    script.call("look", "{}")
    script.forget("call")
    script.call("leap", "{}")
    script.end()
    return script


def interrupted_label() -> Script:
    """Speech leaves an out-of-band response alone."""
    script = Script().connect()
    script.respond(conversation="none")
    script.speech_begins()
    script.say("label")
    script.end()
    return script


def empty_label() -> Script:
    """An out-of-band response with nothing in it."""
    script = Script().connect()
    script.respond(conversation="none")
    script.end()
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("one-active", two_at_once),
        breaks("response-id", text_turn, repeat(DONE)),
        breaks("response-id", text_turn, add("response.output_text.delta", **PLACE, delta="")),
        breaks(
            "response-id",
            text_turn,
            add("response.output_text.delta", **{**PLACE, "response_id": "resp_9"}, delta=""),
        ),
        breaks(
            "response-id",
            reused,
            put(CREATED, "response.id", "resp_1", 1),
            put(DONE, "response.id", "resp_1", 1),
        ),
        breaks("item-duplicate", reused_item),
        breaks("call", reused_call),
        breaks("out-of-band", out_of_band, add("conversation.item.done", before=DONE, item=LABEL)),
        breaks("response-open", text_turn, drop(DONE)),
        breaks(
            "response-home",
            empty_label,
            put(CREATED, "response.conversation_id", "conv_1"),
            put(DONE, "response.conversation_id", "conv_1"),
        ),
        breaks(
            "response-home",
            function_call,
            put(CREATED, "response.conversation_id", "conv_2", nth=1),
            put(DONE, "response.conversation_id", "conv_2", nth=1),
        ),
        breaks(
            "response-home",
            text_turn,
            put(CREATED, "response.conversation_id", None),
            put(DONE, "response.conversation_id", None),
            drop("conversation.item.added", -1),
            drop("conversation.item.done", -1),
        ),
        breaks(
            "item-known",
            tool_server,
            add("response.mcp_call.completed", item_id="mcp_9", output_index=0),
        ),
        breaks("response-unasked", function_call, drop("response.create", nth=1)),
        breaks(
            "metadata",
            text_turn,
            put(CREATED, "response.metadata", {"topic": "parting"}),
            put(DONE, "response.metadata", {"topic": "parting"}),
        ),
        breaks("overrides", text_turn, put(CREATED, "response.output_modalities", ["audio"])),
        breaks("overrides", spoken_turn, put(CREATED, "response.audio.output.voice", "cedar")),
        breaks("rate-limits", text_turn, add("rate_limits.updated", rate_limits=[])),
        breaks("rate-limits-place", text_turn, drop("rate_limits.updated")),
        breaks("rate-limits-place", text_turn, move("rate_limits.updated", 0, before=DONE)),
        breaks(
            "item-done-next",
            text_turn,
            move("conversation.item.done", 1, before="response.output_item.done"),
        ),
        breaks(
            "call",
            function_call,
            put("response.output_item.done", "item.name", "news", nth=1),
            put("conversation.item.done", "item.name", "news", nth=2),
            put(DONE, "response.output.1.name", "news"),
        ),
        breaks(
            "item-done",
            text_turn,
            put(
                "conversation.item.added",
                "item.content",
                [{"type": "output_text", "text": "Hi"}],
                nth=1,
            ),
        ),
        breaks(
            "item-done",
            text_turn,
            put("conversation.item.done", "item.content.0.text", "Hi", nth=1),
        ),
        breaks(
            "item-audio",
            cancel,
            put("response.output_item.done", "item.content.0.audio", "AAAA"),
            put("conversation.item.done", "item.content.0.audio", "AAAA", nth=1),
            put(DONE, "response.output.0.content.0.audio", "AAAA"),
        ),
        breaks("cancel-reason", cancel, drop("response.cancel")),
    ],
)
def test_responses(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


@pytest.mark.parametrize(
    ("member", "value", "rule"), [("audio", "AAAA", "item-audio"), ("text", ..., "item-parts")]
)
def test_items_out_of_band_are_judged_too(member: str, value: object, rule: str) -> None:
    script = empty_label()
    del script.steps[-1]
    script.write("label")
    script.end()
    steps = json.loads(json.dumps(script.steps))
    put("response.output_item.done", f"item.content.0.{member}", value)(steps)
    assert rule in {violation.rule for violation in judge(steps)}


def test_a_response_done_without_audio_bytes() -> None:
    steps = json.loads(json.dumps(text_turn().steps))
    put(DONE, "response.output.0.content.0.audio", "AAAA")(steps)
    assert {violation.rule for violation in judge(steps)} == {"item-audio", "response-output"}


def test_what_must_follow_must_follow_even_at_the_end() -> None:
    steps = text_turn().steps[:-2]
    found = {violation.rule for violation in judge(steps)}
    assert found == {"item-done-next", "response-open"}


def test_speech_leaves_out_of_band_responses_alone() -> None:
    assert not judge(interrupted_label().steps)


@pytest.mark.parametrize("rulings", [True, False])
def test_where_rate_limits_stand_is_a_ruling(rulings: bool) -> None:
    steps = text_turn().steps
    move("rate_limits.updated", 0, before=DONE)(steps)
    assert {violation.rule for violation in judge(steps, rulings)} == (
        {"rate-limits-place"} if rulings else set()
    )


@pytest.mark.parametrize("rulings", [True, False])
def test_what_follows_output_item_done_is_a_ruling(rulings: bool) -> None:
    steps = text_turn().steps
    move("conversation.item.done", 1, before="response.output_item.done")(steps)
    assert {violation.rule for violation in judge(steps, rulings)} == (
        {"item-done-next"} if rulings else set()
    )
