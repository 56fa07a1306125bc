"""All responses of a session, and the one that may be active."""

import pytest

from conformance.judging import Broken, add, breaks, drop, judge, move, put, repeat, rules_broken
from conformance.scenes import (
    WRITTEN,
    barge_in,
    cancel,
    function_call,
    out_of_band,
    spoken_turn,
    text_turn,
)
from conformance.traces import Script

CREATED, DONE = "response.created", "response.done"


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


def interrupted_label() -> Script:
    """Speech leaves an out-of-band response alone."""
    script = Script().connect()
    script.respond(conversation="none")
    script.speech_begins()
    script.say("label")
    script.end()
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("one-active", two_at_once),
        breaks("response-id", text_turn, repeat(DONE)),
        breaks(
            "response-id",
            text_turn,
            move(DONE, 0, before="response.output_text.done"),
            rulings=False,
        ),
        breaks(
            "response-id",
            text_turn,
            add(
                "response.output_text.delta",
                response_id="resp_9",
                item_id="item_2",
                output_index=0,
                content_index=0,
                delta="",
            ),
        ),
        breaks("response-open", text_turn, drop(DONE)),
        breaks(
            "response-home",
            out_of_band,
            put(CREATED, "response.conversation_id", "conv_1", nth=1),
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
        breaks("response-unasked", text_turn, drop("response.create")),
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
            function_call,
            move("conversation.item.done", 1, before="response.output_item.added", nth_before=1),
            add("rate_limits.updated", before="conversation.item.done", nth=1, rate_limits=[]),
            drop("rate_limits.updated"),
        ),
        breaks(
            "item-duplicate",
            text_turn,
            put("response.output_item.added", "item.id", "item_1"),
            put("response.content_part.added", "item_id", "item_1"),
            rulings=False,
        ),
        breaks("call", function_call, put("response.output_item.added", "item.call_id", "", nth=1)),
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
            "item-parts", text_turn, put("response.output_item.done", "item.content.0.text", ...)
        ),
        breaks("item-audio", cancel, put(DONE, "response.output.0.content.0.audio", "AAAA")),
        breaks("cancel-reason", cancel, drop("response.cancel")),
        breaks(
            "cancel-reason",
            barge_in,
            put(DONE, "response.status_details.reason", "client_cancelled"),
        ),
    ],
)
def test_responses(case: Broken) -> None:
    assert case.rule in rules_broken(case)


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
