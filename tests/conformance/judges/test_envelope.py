"""Event ids, types, shapes and the place of the first and the last event."""

import pytest

from conformance.judging import Broken, add, breaks, drop, judge, put, repeat, rules_broken
from conformance.refused_scenes import refused_key
from conformance.scenes import connected, spoken_turn, text_turn, transcription
from conformance.traces import Script
from repartee.conformance.referee import Referee


@pytest.mark.parametrize(
    "case",
    [
        breaks("first-event", text_turn, repeat("session.created")),
        breaks("first-event", Script, add("error", error={"type": "server_error", "message": ""})),
        breaks("event-id", text_turn, put("response.done", "event_id", ...)),
        breaks("event-id", text_turn, put("response.done", "event_id", "")),
        breaks("event-id", text_turn, put("response.done", "event_id", "event_1")),
        breaks("event-type", text_turn, add("response.cancelled")),
        breaks("event-place", text_turn, add("conversation.item.created")),
        breaks("event-place", spoken_turn, add("output_audio_buffer.started")),
        breaks("shape", text_turn, put("rate_limits.updated", "rate_limits.0.name", "words")),
        breaks("shape", text_turn, put("rate_limits.updated", "rate_limits", None)),
        breaks("shape", connected, put("session.created", "session.tools", ...)),
        breaks(
            "null-member",
            text_turn,
            put("response.content_part.added", "part.transcript", None),
        ),
        breaks(
            "null-member",
            transcription,
            put("conversation.item.input_audio_transcription.failed", "error.param", None),
        ),
        breaks("closed", refused_key, add("rate_limits.updated", rate_limits=[])),
        breaks(
            "conversation-created",
            text_turn,
            add("conversation.created", before="response.created", conversation={"id": "conv_1"}),
        ),
    ],
)
def test_what_every_event_has_in_common(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


def test_conversation_created_is_left_open_by_the_sources() -> None:
    steps = text_turn().steps
    add("conversation.created", conversation={"id": "c"})(steps)
    assert not judge(steps, rulings=False)


def test_an_event_without_a_type_is_noted() -> None:
    assert {violation.rule for violation in Referee().server({"event_id": "event_1"})} == {"shape"}
    assert {violation.rule for violation in Referee().server("hello")} == {"shape"}


def test_a_session_that_has_expired_says_only_that() -> None:
    referee = Referee()
    (_, created), *_ = Script().connect().steps
    referee.server(created)
    expires_at = created["session"]["expires_at"]
    referee.client({"type": "input_audio_buffer.clear"}, now=expires_at - 1.0)
    assert not referee.server({"type": "input_audio_buffer.cleared", "event_id": "event_2"})
    referee.client({"type": "input_audio_buffer.clear"}, now=expires_at + 61.0)
    late = referee.server({"type": "input_audio_buffer.cleared", "event_id": "event_3"})
    assert [violation.rule for violation in late] == ["expired-session"]


def test_a_closed_connection_owes_nothing() -> None:
    steps = text_turn().steps
    drop("response.done")(steps)
    end = {
        "type": "invalid_request_error",
        "code": "session_expired",
        "message": "Your time is up.",
    }
    add("error", error=end)(steps)
    assert not judge(steps)
