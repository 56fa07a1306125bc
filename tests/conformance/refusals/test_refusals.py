"""Which events are no client events, and what every client event must have."""

from typing import Any

import pytest

from conformance.judging import judge
from conformance.sessions import MANUAL
from conformance.traces import Script
from repartee.conformance.referee import Referee
from repartee.conformance.refusals.refusals import CLAIMS
from repartee.conformance.rules import RULES


def rules(script: Script, rulings: bool = True) -> set[str]:
    return {violation.rule for violation in judge(script.steps, rulings)}


@pytest.mark.parametrize(
    ("kind", "fields", "code", "param", "rule"),
    [
        ("response.stop", {}, "invalid_value", "type", "client-event"),
        ("transcription_session.update", {"session": {}}, "invalid_value", "type", "client-event"),
        ("session.update", {}, "missing_required_parameter", "session", "required-member"),
        (
            "conversation.item.create",
            {"item": None},
            "missing_required_parameter",
            "item",
            "required-member",
        ),
        (
            "conversation.item.truncate",
            {"item_id": "x", "content_index": 0, "audio_end_ms": 1.5},
            "invalid_type",
            "audio_end_ms",
            "required-member",
        ),
    ],
)
def test_what_is_refused_by_name(
    kind: str, fields: dict[str, Any], code: str, param: str, rule: str
) -> None:
    script = Script(MANUAL).connect()
    script.client(kind, **fields)
    script.refuse(code, "No.", param)
    assert not rules(script)
    script.steps[-1][1]["error"]["code"] = "odd"
    assert rules(script) == {rule}
    script.steps.pop()
    assert rules(script) & {rule, "unanswered"}


@pytest.mark.parametrize(
    "event", ["hello", None, {}, {"type": None}, {"event_id": 7, "type": "response.cancel"}]
)
def test_what_is_no_event(event: object) -> None:
    error = {"type": "invalid_request_error", "code": "invalid_event", "message": "No."}
    referee = Referee()
    referee.server(Script(MANUAL).connect().steps[0][1])
    assert not referee.client(event)
    assert not referee.server({"type": "error", "event_id": "event_2", "error": error})
    assert not referee.finish()
    referee.client("hello")
    assert [violation.rule for violation in referee.finish()] == ["client-event"]


def test_a_mistyped_member_is_refused_somehow() -> None:
    script = Script(MANUAL).connect()
    script.client("input_audio_buffer.append", audio=7)
    assert rules(script) == {"required-member"}
    script.refuse("invalid_type", "No.", "audio")
    assert not rules(script)


def test_the_output_buffer_belongs_to_other_transports_by_a_ruling() -> None:
    script = Script(MANUAL).connect()
    script.client("output_audio_buffer.clear")
    assert rules(script) == {"buffer-clear"}
    assert not rules(script, rulings=False)


def test_every_claim_names_a_rule() -> None:
    assert set(CLAIMS.values()) <= RULES.keys()
