"""What a session.update is refused for."""

import copy
from typing import Any

import pytest

from conformance.judging import judge
from conformance.scenes import cancel, voice
from conformance.sessions import SESSION
from conformance.traces import Script

Said = dict[str, Any]


def audio_input(**members: Any) -> Said:
    return {"audio": {"input": members}}


def detection(kind: str = "server_vad", **members: Any) -> Said:
    return audio_input(turn_detection={"type": kind, **members})


def merged(session: Said, said: Said) -> Said:
    """The session as a careless server would show it."""
    shown = copy.deepcopy(session)
    for key, value in said.items():
        both_objects = isinstance(value, dict) and isinstance(shown.get(key), dict)
        shown[key] = merged(shown[key], value) if both_objects else value
    return shown


def accepted(said: Said) -> Script:
    """A server that accepts whatever it is told."""
    script = Script().connect()
    script.client("session.update", session=said)
    script.server("session.updated", session=merged(SESSION, said))
    return script


def refused(said: Said, code: str, message: str = "No.", param: str | None = None) -> Script:
    """A server that refuses."""
    script = Script().connect()
    script.client("session.update", session=said)
    script.refuse(code, message, param)
    return script


FUNCTION = {"type": "function", "name": "look", "parameters": {}}

WRONG: list[tuple[str, Said]] = [
    ("update-type", {"instructions": "x"}),
    ("update-unknown", {"type": "realtime", "temperature": 0.8}),
    ("update-unknown", {"type": "realtime", **audio_input(gain=2)}),
    ("update-unknown", {"type": "realtime", **detection(patience=2)}),
    ("update-unknown", {"type": "realtime", "tools": [{**FUNCTION, "strict": True}]}),
    ("update-value", {"type": "realtime", "output_modalities": ["audio", "text"]}),
    ("update-value", {"type": "realtime", "max_output_tokens": 0}),
    ("update-value", {"type": "realtime", "max_output_tokens": 4097}),
    ("update-value", {"type": "realtime", "audio": {"output": {"speed": 1.6}}}),
    ("update-value", {"type": "realtime", **detection(threshold=1.5)}),
    ("update-value", {"type": "realtime", **detection(idle_timeout_ms=4999)}),
    (
        "update-value",
        {"type": "realtime", **detection("semantic_vad", eagerness="auto", idle_timeout_ms=6000)},
    ),
    ("update-value", {"type": "realtime", "reasoning": {"effort": "enormous"}}),
]


@pytest.mark.parametrize(("rule", "said"), WRONG)
def test_a_wrong_update_must_not_be_accepted(rule: str, said: Said) -> None:
    assert {violation.rule for violation in judge(accepted(said).steps)} == {rule}


@pytest.mark.parametrize(
    ("rule", "said", "code", "param"),
    [
        ("update-type", {}, "missing_required_parameter", "session.type"),
        (
            "update-unknown",
            {"type": "realtime", "voice": "x"},
            "unknown_parameter",
            "session.voice",
        ),
        (
            "update-unknown",
            {"type": "realtime", "tools": [FUNCTION, {**FUNCTION, "strict": True}]},
            "unknown_parameter",
            "session.tools[1].strict",
        ),
        (
            "update-value",
            {"type": "realtime", "max_output_tokens": True},
            "invalid_type",
            "session.max_output_tokens",
        ),
        (
            "update-value",
            {"type": "realtime", **detection(threshold="loud")},
            "invalid_type",
            "session.audio.input.turn_detection.threshold",
        ),
        (
            "update-value",
            {"type": "realtime", "tool_choice": {"type": "function", "function": {"name": "x"}}},
            "missing_required_parameter",
            "session.tool_choice.name",
        ),
    ],
)
def test_a_wrong_update_is_refused_by_name(rule: str, said: Said, code: str, param: str) -> None:
    assert not judge(refused(said, code, param=param).steps)
    elsewhere = refused(said, code, param="session")
    assert {violation.rule for violation in judge(elsewhere.steps)} == {rule}


def test_a_session_stays_of_its_kind() -> None:
    sentence = "Passing a transcription session update event to a realtime session is not allowed."
    assert not judge(refused({"type": "transcription"}, "odd", sentence).steps)
    assert [one.rule for one in judge(refused({"type": "transcription"}, "odd").steps)] == [
        "update-type"
    ]
    assert not judge(refused({"type": "translation"}, "odd").steps)
    script = Script().connect()
    script.update({"type": "translation"}, SESSION)
    assert {violation.rule for violation in judge(script.steps)} == {"update-type", "session-merge"}


def test_pcm_has_24_khz() -> None:
    law = audio_input(format={"type": "audio/pcm", "rate": 16000})
    assert not judge(refused({"type": "realtime", **law}, "invalid_value").steps)
    script = Script().connect()
    script.update(law, SESSION)
    found = {violation.rule for violation in judge(script.steps)}
    assert found == {"update-value", "session-merge"}


def test_the_voice_is_locked_by_assistant_audio() -> None:
    script = cancel()
    script.client("session.update", session=voice("cedar"))
    script.server("session.updated", session=merged(script.session, voice("cedar")))
    assert [violation.rule for violation in judge(script.steps)] == ["voice-lock"]


def test_the_same_voice_is_accepted() -> None:
    script = cancel()
    script.client("session.update", session=voice("marin"))
    script.server("session.updated", session=script.session)
    assert not judge(script.steps)


def test_before_assistant_audio_the_voice_is_free() -> None:
    script = Script().connect()
    script.client("session.update", session=voice("cedar"))
    script.refuse("cannot_update_voice", "Cannot update a conversation's voice.")
    assert [violation.rule for violation in judge(script.steps)] == ["voice-lock"]


def test_tracing_is_set_once() -> None:
    script = Script({**SESSION, "tracing": "auto"}).connect()
    script.update({"tracing": "auto"}, script.session)
    assert not judge(script.steps)
    script.update({"tracing": None}, SESSION)
    script.update({"tracing": "auto"}, {**SESSION, "tracing": "auto"})
    assert not judge(script.steps)
    other = {"group_id": "g"}
    script.update({"tracing": other}, {**SESSION, "tracing": other})
    assert [violation.rule for violation in judge(script.steps)] == ["tracing-lock"]
