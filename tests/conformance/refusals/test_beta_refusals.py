"""What only the beta dialect refuses."""

from typing import Any

import pytest

from conformance.beta_scenes import flat_session, opened
from conformance.judging import judge
from conformance.sessions import MANUAL, SESSION
from conformance.traces import Script

WRONG: list[dict[str, Any]] = [
    {"temperature": 0.5},
    {"temperature": "warm"},
    {"modalities": ["audio"]},
    {"modalities": []},
    {"output_audio_format": "audio/pcm"},
]


@pytest.mark.parametrize("said", [*WRONG, {"input_audio_format": "opus"}])
def test_a_wrong_update_must_be_refused(said: dict[str, Any]) -> None:
    script = opened()
    script.client("session.update", session=said)
    script.server("session.updated", session=flat_session(SESSION))
    assert "update-value" in {one.rule for one in judge(script.steps, dialect="beta")}
    (name,) = said
    script = opened()
    script.client("session.update", session=said)
    script.refuse("invalid_value", "No.", f"session.{name}")
    assert not judge(script.steps, dialect="beta")


def created(said: dict[str, Any]) -> Script:
    """A response of which the client asks this."""
    script = opened(MANUAL)
    script.client("response.create", response=said)
    response = {"id": "resp_1", "object": "realtime.response", "conversation_id": "conv_1"}
    blank: dict[str, Any] = {"status_details": None, "output": [], "usage": None}
    script.server("response.created", response={**response, **blank, "status": "in_progress"})
    script.server("rate_limits.updated", rate_limits=[])
    script.server("response.done", response={**response, **blank, "status": "failed"})
    return script


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_response_must_be_refused(said: dict[str, Any]) -> None:
    found = {one.rule for one in judge(created(said).steps, dialect="beta")}
    assert "response-request" in found


@pytest.mark.parametrize(
    "said",
    [
        {"temperature": 0.6, "modalities": ["text", "audio"]},
        {"temperature": 1.2, "modalities": ["text"]},
        {"output_audio_format": "g711_alaw", "temperature": None},
    ],
)
def test_legal_values_are_accepted(said: dict[str, Any]) -> None:
    rules = {one.rule for one in judge(created(said).steps, dialect="beta")}
    assert "response-request" not in rules
