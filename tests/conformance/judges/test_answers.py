"""Every client event gets its answer, or one error."""

import pytest

from conformance.judging import Broken, add, breaks, drop, error, judge, put, repeat, rules_broken
from conformance.refused_scenes import clamped, updates
from conformance.scenes import (
    cancel,
    connected,
    conversation,
    function_call,
    manual_commit,
    text_turn,
    too_small,
)
from conformance.traces import Script, pcm

MADE_UP = error("Something is odd.", "odd", "nobody")


def anonymous() -> Script:
    """A client that gives its events no ids gets errors without one."""
    script = manual_commit()
    for side, event in script.steps:
        if side == "client":
            del event["event_id"]
        elif event["type"] == "error":
            event["error"]["event_id"] = None
    return script


def late_refusal() -> Script:
    """An append that looked good is refused, because the buffer is full."""
    script = Script().connect()
    script.client("input_audio_buffer.append", audio=pcm(20))
    script.refuse("invalid_value", "The buffer is full.", "audio")
    return script


def foretold() -> Script:
    """A turn's response is refused to be made twice before it is seen."""
    script = Script().connect()
    script.speech_ends(script.speech_begins())
    script.client("response.create")
    script.refuse(
        "conversation_already_has_active_response",
        "Conversation already has an active response in progress: resp_1. Wait until the "
        "response is finished before creating a new one.",
    )
    script.begin()
    script.say("Yes.")
    script.end()
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("unanswered", updates, drop("session.updated", nth=-1)),
        breaks("unanswered", manual_commit, drop("conversation.item.retrieved")),
        breaks("unanswered", text_turn, add("response.cancel", side="client")),
        breaks("unasked", text_turn, add("conversation.item.deleted", item_id="item_1")),
        breaks("unasked", manual_commit, repeat("input_audio_buffer.cleared")),
        breaks("unasked", clamped, repeat("conversation.item.truncated")),
        breaks("one-answer", updates, repeat("error", nth=-1)),
        breaks("one-answer", text_turn, add("error", error=error("Why?", event_id="client_1"))),
        breaks("one-answer", connected, add("error", error=error("Why?"))),
        breaks("error-echo", text_turn, add("error", error=MADE_UP)),
        breaks("error-echo", updates, put("error", "error.event_id", None, nth=-1)),
        breaks("error-echo", cancel, put("error", "error.event_id", None)),
        breaks("truncate-echo", clamped, put("conversation.item.truncated", "audio_end_ms", 700)),
        breaks("truncate-echo", clamped, put("conversation.item.truncated", "content_index", 1)),
        breaks("truncate-past", clamped, drop("conversation.item.truncated")),
        breaks("truncate-past", clamped, drop("error")),
        breaks("truncate-past", clamped, put("error", "error.event_id", "client_3")),
        breaks("active-response", cancel, put("error", "error.message", "Busy.")),
        breaks(
            "active-response",
            foretold,
            put(
                "error",
                "error.message",
                "Conversation already has an active response in "
                "progress: resp_9. Wait until the response is finished before creating a new one.",
            ),
        ),
        breaks(
            "commit-small",
            manual_commit,
            put("error", "error.message", too_small("49.00")),
        ),
        breaks("tool-call-id", function_call, put("error", "error.code", "invalid_value")),
        breaks("item-unknown", conversation, put("error", "error.code", None)),
    ],
)
def test_answers(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


@pytest.mark.parametrize("scene", [anonymous, late_refusal, foretold])
def test_faultless_answers(scene: "type[Script]") -> None:
    assert not judge(scene().steps)


def test_the_servers_own_troubles_answer_nobody() -> None:
    script = Script().connect()
    script.client("input_audio_buffer.clear")
    script.server("error", error={"type": "server_error", "message": "Something broke."})
    script.server("input_audio_buffer.cleared")
    assert not judge(script.steps)


def test_a_claim_about_the_state_must_be_true() -> None:
    claims = {
        "response_cancel_not_active": ("response.cancel", "cancel-inactive"),
        "item_retrieve_invalid_item_id": ("conversation.item.retrieve", "item-unknown"),
        "input_audio_buffer_commit_empty": ("input_audio_buffer.commit", "commit-small"),
        "conversation_already_has_active_response": ("response.create", "active-response"),
    }
    for code, (kind, rule) in claims.items():
        script = Script({**connected().session}).connect()
        script.update({"audio": {"input": {"turn_detection": None}}}, manual_commit().session)
        script.client("input_audio_buffer.append", audio=pcm(100))
        item_id = script.user_text()
        if kind == "response.cancel":
            script.respond()
        fields = {"item_id": item_id} if kind.endswith("retrieve") else {}
        script.client(kind, **fields)
        script.refuse(code, "It cannot be done.")
        found = {violation.rule for violation in judge(script.steps)}
        assert found - {"response-open", "unanswered"} == {rule}
