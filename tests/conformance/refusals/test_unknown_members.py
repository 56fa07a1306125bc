"""Members that a dialect does not know."""

from typing import Any

import pytest

from conformance.beta_scenes import flat_session, opened
from conformance.judging import judge
from conformance.sessions import MANUAL, SESSION, TRANSCRIPTION
from conformance.traces import Script

FUNCTION = {"type": "function", "name": "look", "strict": True}


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"audio": {}}, "session.audio"),
        ({"output_modalities": ["text"]}, "session.output_modalities"),
        ({"max_output_tokens": 5}, "session.max_output_tokens"),
        (
            {"turn_detection": {"type": "server_vad", "patience": 1}},
            "session.turn_detection.patience",
        ),
        ({"tools": [FUNCTION]}, "session.tools[0].strict"),
    ],
)
def test_in_a_flat_session(said: dict[str, Any], param: str) -> None:
    for told, found in ((param, []), ("session.x", ["update-unknown"])):
        script = opened()
        script.client("session.update", session=said)
        script.refuse("unknown_parameter", "Unknown.", told)
        assert [one.rule for one in judge(script.steps, dialect="beta")] == found
    script = opened()
    script.client("session.update", session=said)
    script.server("session.updated", session=flat_session(SESSION))
    assert "update-unknown" in {one.rule for one in judge(script.steps, dialect="beta")}


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"voice": "ash"}, "response.voice"),
        ({"temperature": 0.8}, "response.temperature"),
        ({"audio": {"output": {"speed": 1.2}}}, "response.audio.output.speed"),
        ({"tools": [FUNCTION]}, "response.tools[0].strict"),
    ],
)
def test_in_a_response(said: dict[str, Any], param: str) -> None:
    script = Script(MANUAL).connect()
    script.client("response.create", response=said)
    script.refuse("unknown_parameter", "Unknown.", param)
    assert not judge(script.steps)
    script = Script(MANUAL).connect()
    script.respond(**said)
    script.end()
    assert "response-request" in {one.rule for one in judge(script.steps)}


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"instructions": "x"}, "session.instructions"),
        ({"audio": {"output": {"voice": "ash"}}}, "session.audio.output"),
    ],
)
def test_in_a_transcription_session(said: dict[str, Any], param: str) -> None:
    script = Script(TRANSCRIPTION).connect()
    script.client("session.update", session={"type": "transcription", **said})
    script.refuse("unknown_parameter", "Unknown.", param)
    assert not judge(script.steps)
    script.update(said, TRANSCRIPTION)
    assert "update-unknown" in {one.rule for one in judge(script.steps)}


def test_null_is_as_good_as_nothing() -> None:
    script = Script().connect()
    script.update({"temperature": None, "audio": {"output": {"speed": None}}}, SESSION)
    assert not judge(script.steps)
