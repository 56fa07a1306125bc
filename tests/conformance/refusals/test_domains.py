"""Values that a session, or a response, cannot have."""

from typing import Any

import pytest

from conformance.judging import judge
from conformance.sessions import MANUAL
from conformance.traces import Script
from repartee.conformance.refusals.domains import said_at, value_refusals

WRONG: list[dict[str, Any]] = [
    {"instructions": 5},
    {"truncation": "never"},
    {"truncation": {"type": "retention_ratio", "retention_ratio": 1.5}},
    {
        "truncation": {
            "type": "retention_ratio",
            "retention_ratio": 0.5,
            "token_limits": {"post_instructions": -1},
        }
    },
    {"tool_choice": "any"},
    {"tool_choice": {"type": "mcp"}},
    {"prompt": {"version": "1"}},
    {"audio": {"input": {"noise_reduction": {"type": "mid_field"}}}},
    {"audio": {"input": {"format": {"type": "audio/opus"}}}},
    {"audio": {"input": {"turn_detection": {"type": "hand_raised"}}}},
    {"audio": {"input": {"transcription": {"model": "whisper-1", "delay": "forever"}}}},
]


@pytest.mark.parametrize("said", WRONG)
def test_a_wrong_value_must_be_refused(said: dict[str, Any]) -> None:
    script = Script(MANUAL).connect()
    script.client("session.update", session={"type": "realtime", **said})
    script.server("session.updated", session=MANUAL)
    assert "update-value" in {one.rule for one in judge(script.steps)}


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"tool_choice": {"type": "mcp"}}, "session.tool_choice.server_label"),
        ({"prompt": {"version": "1"}}, "session.prompt.id"),
    ],
)
def test_what_is_missing_is_named(said: dict[str, Any], param: str) -> None:
    for told, found in ((param, []), ("session", ["update-value"])):
        script = Script(MANUAL).connect()
        script.client("session.update", session={"type": "realtime", **said})
        script.refuse("missing_required_parameter", "Missing.", told)
        assert [one.rule for one in judge(script.steps)] == found


@pytest.mark.parametrize(
    "said",
    [
        {"output_modalities": ["audio", "text"]},
        {"max_output_tokens": 0},
        {"instructions": 5},
        {"tool_choice": "any"},
        {"audio": {"output": {"format": {"type": "audio/pcm", "rate": 8000}}}},
    ],
)
def test_a_wrong_response_must_be_refused(said: dict[str, Any]) -> None:
    script = Script(MANUAL).connect()
    script.respond(**said)
    script.end()
    assert "response-request" in {one.rule for one in judge(script.steps)}


@pytest.mark.parametrize(
    "said",
    [
        {"max_output_tokens": "inf", "tool_choice": {"type": "function", "name": "look"}},
        {"output_modalities": ["text"], "instructions": "", "tools": []},
        {"truncation": {"type": "retention_ratio", "retention_ratio": 1}},
        {"audio": {"input": {"turn_detection": None, "noise_reduction": {"strength": 0.3}}}},
        {"audio": {"output": {"speed": 0.25}}, "parallel_tool_calls": False, "prompt": None},
    ],
)
def test_legal_values_are_accepted(said: dict[str, Any]) -> None:
    assert not list(value_refusals(said, "session"))


def test_a_path_ends_where_there_is_nothing() -> None:
    assert said_at({"audio": {"input": 7}}, "session.audio.input") == 7
    assert said_at({"audio": 7}, "session.audio.input.format") is None
