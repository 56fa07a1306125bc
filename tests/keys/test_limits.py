"""Limits: what a key may open, how much it may use, and what it may not change."""

from typing import Any

import msgspec
import pytest

from repartee.keys.limits import Limits, LiveSessions, Spent, first_changed, is_field
from repartee.protocol.client import (
    ResponseConfig,
    SaidConfig,
    SaidResponse,
    SaidTranscriptionConfig,
)
from repartee.protocol.config import Audio, AudioInput, Config, ServerVad, TranscriptionConfig

NOTHING = Spent()


def locked(fields: tuple[str, ...], said: dict[str, Any], config: Config | None = None) -> Any:
    update = msgspec.convert({"type": "realtime", **said}, SaidConfig)
    return Limits(locked_fields=fields).locked(update, config or Config(), Config())


def test_without_limits_everything_may_be_done() -> None:
    much = Spent(1e9, 10**9)
    assert Limits().denial("any", live=1000, spent=much) is None
    update = msgspec.convert({"type": "realtime", "instructions": "new"}, SaidConfig)
    assert Limits().locked(update, Config()) is None


def test_models_are_names_or_patterns() -> None:
    limits = Limits(models=("gpt-realtime", "gpt-4o-*"))
    assert limits.denial("gpt-realtime", live=0, spent=NOTHING) is None
    assert limits.denial("gpt-4o-mini", live=0, spent=NOTHING) is None
    for model in ("gpt-realtime-mini", "GPT-realtime", ""):
        assert limits.denial(model, live=0, spent=NOTHING) == "models"


def test_so_many_sessions_at_a_time() -> None:
    limits = Limits(max_sessions=2)
    assert limits.denial("m", live=1, spent=NOTHING) is None
    assert limits.denial("m", live=2, spent=NOTHING) == "max_sessions"


def test_a_days_allowance_is_used_up() -> None:
    limits = Limits(audio_seconds_per_day=60, tokens_per_day=100)
    assert limits.denial("m", live=0, spent=Spent(59.9, 99)) is None
    assert limits.denial("m", live=0, spent=Spent(60, 0)) == "audio_seconds_per_day"
    assert limits.denial("m", live=0, spent=Spent(0, 100)) == "tokens_per_day"
    assert limits.overspent(Spent(61, 101)) == "audio_seconds_per_day"
    assert limits.overspent(NOTHING) is None


@pytest.mark.parametrize(
    "limits",
    [{"max_sessions": 0}, {"session_minutes": 0}, {"audio_seconds_per_day": -1}, {"models": "a"}],
)
def test_limits_that_are_none_are_refused(limits: dict[str, Any]) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(limits, Limits)


@pytest.mark.parametrize(
    ("field", "said", "changed"),
    [
        ("instructions", {"instructions": "new"}, True),
        ("instructions", {"instructions": ""}, False),  # as it is already
        ("instructions", {"instructions": None}, False),
        ("instructions", {"tools": []}, False),
        ("tools", {"tools": [{"type": "function", "name": "f"}]}, True),
        ("model", {"model": "another"}, True),
        ("audio", {"audio": {"output": {"speed": 1.5}}}, True),
        ("audio.output", {"audio": {"output": {"speed": 1.5}}}, True),
        ("audio.output.voice", {"audio": {"output": {"voice": "ash"}}}, True),
        ("audio.output.voice", {"audio": {"output": {"voice": "marin", "speed": 1.5}}}, False),
        ("audio.output.voice", {"audio": {"output": {"speed": 1.5}}}, False),
        ("audio.input.turn_detection", {"audio": {"input": {"turn_detection": None}}}, True),
        (
            "audio.input.turn_detection.threshold",
            {"audio": {"input": {"turn_detection": None}}},
            True,
        ),
        (
            "audio.input.turn_detection.threshold",
            {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.5}}}},
            False,
        ),
        ("tracing", {"tracing": "auto"}, True),
    ],
)
def test_a_locked_field_may_be_repeated_but_not_changed(
    field: str, said: dict[str, Any], changed: bool
) -> None:
    assert locked((field,), said) == (field if changed else None)


def test_the_first_of_several_is_told() -> None:
    said = {"instructions": "new", "audio": {"output": {"voice": "ash"}}}
    assert locked(("tools", "audio.output.voice", "instructions"), said) == "audio.output.voice"


def test_what_is_turned_on_begins_from_what_is_fresh() -> None:
    without = Config()
    audio = msgspec.structs.replace(without.audio, input=AudioInput(turn_detection=None))
    without = msgspec.structs.replace(without, audio=audio)
    said = {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
    assert locked(("audio.input.turn_detection",), said, without) == "audio.input.turn_detection"


def test_what_is_said_anew_is_told_from_what_is_fresh() -> None:
    """Turn detection that is named by its type starts from the server's defaults."""

    def with_threshold(threshold: float) -> Config:
        input = AudioInput(turn_detection=ServerVad(threshold=threshold))
        return Config(audio=Audio(input=input))

    said = {"audio": {"input": {"turn_detection": {"type": "server_vad"}}}}
    update = msgspec.convert({"type": "realtime", **said}, SaidConfig)
    limits = Limits(locked_fields=("audio.input.turn_detection.threshold",))
    assert limits.locked(update, with_threshold(0.7), with_threshold(0.7)) is None
    assert limits.locked(update, with_threshold(0.7), with_threshold(0.8))


def test_responses_and_transcription_sessions_have_locked_fields_too() -> None:
    limits = Limits(locked_fields=("audio.input.transcription", "instructions", "tools"))
    response = msgspec.convert({"instructions": "new"}, SaidResponse)
    assert limits.locked(response, ResponseConfig()) == "instructions"
    said = {"type": "transcription", "audio": {"input": {"transcription": {"model": "a"}}}}
    update = msgspec.convert(said, SaidTranscriptionConfig)
    assert limits.locked(update, TranscriptionConfig()) == "audio.input.transcription"
    assert limits.locked(update, Config()) is None  # which a session refuses anyway


def test_two_configurations_can_be_compared() -> None:
    other = msgspec.structs.replace(Config(), instructions="other")
    assert first_changed(("tools", "instructions"), Config(), other) == "instructions"
    assert first_changed(("tools", "nowhere.at.all"), Config(), other) is None


@pytest.mark.parametrize(
    "path",
    [
        "instructions",
        "tools",
        "model",
        "audio",
        "audio.input.format.rate",
        "audio.input.turn_detection.eagerness",
        "audio.input.turn_detection.idle_timeout_ms",
        "audio.input.transcription.model",
        "audio.output.voice.id",
        "tracing.workflow_name",
        "truncation.token_limits.post_instructions",
    ],
)
def test_fields_are_known(path: str) -> None:
    assert is_field(path)


@pytest.mark.parametrize(
    "path", ["", ".", "voice", "audio.voice", "instructions.x", "id", "tools.0", "audio."]
)
def test_what_is_no_field_is_known_as_well(path: str) -> None:
    assert not is_field(path)


def test_live_sessions_are_counted_by_key() -> None:
    live = LiveSessions()
    assert live.total == 0
    assert live["a"] == 0
    for key in ("a", "a", "b"):
        live.begin(key)
    live.end("a")
    assert (live["a"], live["b"], live["c"]) == (1, 1, 0)
    live.end("a")
    live.end("a")  # once too often does no harm
    assert live["a"] == 0
