"""The effective configuration: its defaults, what may be said of it, and how that merges."""

from typing import Any

import msgspec
import pytest
from msgspec import Struct

from repartee.protocol.client import SaidConfig, SaidResponse, SaidTranscriptionConfig
from repartee.protocol.config import (
    READ_ONLY,
    Audio,
    AudioInput,
    Config,
    NoiseReduction,
    ServerVad,
    TranscriptionConfig,
)
from repartee.protocol.said import merge


def told(**session: Any) -> Struct:
    """What a client says in a session update."""
    update = {"type": "realtime", **session}
    return msgspec.convert(update, SaidConfig)


def updated(config: Config, *updates: dict[str, Any]) -> dict[str, Any]:
    """How `config` looks on the wire after the updates; `Config()` has the server's defaults."""
    for update in updates:
        config = merge(config, told(**update), Config())
    shown: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(config))
    return shown


def detection(**members: Any) -> dict[str, Any]:
    return {"audio": {"input": {"turn_detection": {"type": "server_vad", **members}}}}


def test_the_defaults() -> None:
    """B008, B009 with the documented 500 ms of silence, B010."""
    assert updated(Config(id="sess_1", expires_at=3600)) == {
        "type": "realtime",
        "object": "realtime.session",
        "id": "sess_1",
        "model": "gpt-realtime",
        "expires_at": 3600,
        "output_modalities": ["audio"],
        "instructions": "",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                    "create_response": True,
                    "interrupt_response": True,
                    "idle_timeout_ms": None,
                },
            },
            "output": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "voice": "marin",
                "speed": 1.0,
            },
        },
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "include": None,
        "tracing": None,
        "prompt": None,
    }


@pytest.mark.parametrize(
    ("update", "path", "value"),
    [
        pytest.param({"instructions": "Be brief."}, "instructions", "Be brief.", id="B026"),
        pytest.param({"instructions": ""}, "instructions", "", id="B027 instructions"),
        pytest.param({"tools": []}, "tools", [], id="B027 tools"),
        pytest.param(
            {"audio": {"input": {"turn_detection": None}}},
            "audio.input.turn_detection",
            None,
            id="B027 turn_detection",
        ),
        pytest.param(
            {"audio": {"input": {"transcription": None}}},
            "audio.input.transcription",
            None,
            id="B027 transcription",
        ),
        pytest.param({"output_modalities": ["text"]}, "output_modalities", ["text"], id="B037"),
        pytest.param({"max_output_tokens": 1}, "max_output_tokens", 1, id="B036 least"),
        pytest.param({"max_output_tokens": 4096}, "max_output_tokens", 4096, id="B036 most"),
        pytest.param({"audio": {"output": {"speed": 0.25}}}, "audio.output.speed", 0.25, id="B035"),
        pytest.param(
            {"audio": {"output": {"voice": {"id": "voice_1"}}}},
            "audio.output.voice",
            {"id": "voice_1"},
            id="custom voice",
        ),
        pytest.param(
            {"tool_choice": {"type": "function", "name": "look"}},
            "tool_choice",
            {"type": "function", "name": "look"},
            id="B044",
        ),
        pytest.param(
            {"tools": [{"type": "function", "name": "look"}]},
            "tools",
            [{"type": "function", "name": "look"}],
            id="B045",
        ),
        pytest.param(
            {"reasoning": {"effort": "xhigh"}}, "reasoning", {"effort": "xhigh"}, id="B137"
        ),
        pytest.param(
            {"audio": {"input": {"transcription": {"model": "whisper-1", "language": "de"}}}},
            "audio.input.transcription",
            {"model": "whisper-1", "language": "de"},
            id="B182",
        ),
    ],
)
def test_an_update_changes_what_it_names_and_nothing_else(
    update: dict[str, Any], path: str, value: object
) -> None:
    before = Config(
        instructions="Hello.",
        tools=msgspec.convert([{"type": "function", "name": "a"}], tuple[Any, ...]),
        audio=msgspec.convert({"input": {"transcription": {"model": "any"}}}, Audio),
    )
    after = updated(before, update)
    expected = updated(before)
    *sections, name = path.split(".")
    place = expected
    for section in sections:
        place = place[section]
    place[name] = value
    assert after == expected


def test_sections_merge_field_by_field() -> None:
    """B026"""
    after = updated(
        Config(),
        {"audio": {"input": {"transcription": {"model": "any"}}}},
        {"audio": {"output": {"voice": "cedar"}}},
        {"audio": {"output": {"speed": 1.5}}},
    )
    assert after["audio"]["input"]["transcription"] == {"model": "any"}
    assert after["audio"]["output"]["voice"] == "cedar"
    assert after["audio"]["output"]["speed"] == 1.5


def test_turn_detection_is_told_from_the_defaults() -> None:
    """A server_vad object is a new one: what it omits is as in session.created."""
    after = updated(Config(), detection(threshold=0.9), detection(silence_duration_ms=200))
    assert after["audio"]["input"]["turn_detection"] == msgspec.to_builtins(
        ServerVad(silence_duration_ms=200)
    )


def test_turn_detection_is_switched_on_again_with_the_defaults() -> None:
    off = {"audio": {"input": {"turn_detection": None}}}
    after = updated(Config(), off, detection(threshold=0.9))
    assert after["audio"]["input"]["turn_detection"] == msgspec.to_builtins(
        ServerVad(threshold=0.9)
    )


def test_turn_detection_is_switched_on_where_the_session_began_without() -> None:
    began = Config(audio=Audio(AudioInput(turn_detection=None)))
    after = merge(began, told(**detection(threshold=0.9)), began)
    assert after.audio.input.turn_detection == ServerVad(threshold=0.9)


RICH: dict[str, Any] = {
    "model": "mine",
    "output_modalities": ["text"],
    "instructions": "Be brief.",
    "audio": {
        "input": {
            "format": {"type": "audio/pcmu"},
            "transcription": {"model": "whisper-1"},
            "noise_reduction": {"type": "far_field", "strength": 0.5},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.7,
                "prefix_padding_ms": 10,
                "silence_duration_ms": 20,
                "create_response": False,
                "interrupt_response": False,
                "idle_timeout_ms": 6000,
            },
        },
        "output": {"format": {"type": "audio/pcma"}, "voice": "cedar", "speed": 1.5},
    },
    "tools": [{"type": "function", "name": "look"}],
    "tool_choice": "required",
    "parallel_tool_calls": False,
    "reasoning": {"effort": "high"},
    "max_output_tokens": 100,
    "truncation": "disabled",
    "include": ["item.input_audio_transcription.logprobs"],
    "tracing": "auto",
    "prompt": {"id": "pmpt_1"},
}
MEANT = {
    "audio.input.turn_detection",
    "audio.input.transcription",
    "audio.input.noise_reduction",
    "tracing",
    "prompt",
    "include",
}


def paths(value: dict[str, Any], above: str = "") -> list[str]:
    """Of every field that merges."""
    found = [f"{above}{name}" for name in value]
    sections = ("audio", "input", "output", "noise_reduction")
    for name in sections:
        if name in value:
            found += paths(value[name], f"{above}{name}.")
    return found


def nested(path: str, value: Any) -> dict[str, Any]:
    name, _, rest = path.partition(".")
    return {name: nested(rest, value) if rest else value}


def test_everything_can_be_said() -> None:
    assert set(RICH) == set(SaidConfig.__struct_fields__)
    shown = updated(Config(), RICH)
    assert {name: shown[name] for name in RICH} == RICH


@pytest.mark.parametrize("path", paths(RICH))
def test_null_is_as_if_absent_or_a_value_of_its_own(path: str) -> None:
    """B027"""
    expected = updated(Config(), RICH)
    if path in MEANT:
        *sections, name = path.split(".")
        place = expected
        for section in sections:
            place = place[section]
        place[name] = None
    assert updated(Config(), RICH, nested(path, None)) == expected


def test_noise_reduction_keeps_its_strength_until_it_is_turned_off() -> None:
    def told_of(noise: dict[str, Any] | None) -> dict[str, Any]:
        return {"audio": {"input": {"noise_reduction": noise}}}

    weak = updated(Config(), told_of({"type": "far_field", "strength": 0.5}))
    assert weak["audio"]["input"]["noise_reduction"] == {"type": "far_field", "strength": 0.5}
    updates = [told_of({"strength": 0.5}), told_of({"type": "far_field"})]
    assert updated(Config(), *updates) == weak
    again = updated(Config(), *updates, told_of(None), told_of({"type": "far_field"}))
    assert again["audio"]["input"]["noise_reduction"] == {"type": "far_field", "strength": 1.0}


def test_null_sections_and_members_change_nothing() -> None:
    nulls = {"audio": {"input": {"format": None}, "output": {"voice": None, "speed": None}}}
    assert updated(Config(), nulls) == updated(Config())
    assert updated(Config(), {"audio": {"input": None, "output": None}}) == updated(Config())
    assert updated(Config(), detection(threshold=None)) == updated(Config())


def test_nobody_says_what_only_the_server_knows() -> None:
    withheld = {*READ_ONLY, "temperature"}  # which only the beta dialect has
    assert set(SaidConfig.__struct_fields__) == set(Config.__struct_fields__) - withheld
    fields = set(TranscriptionConfig.__struct_fields__)
    assert set(SaidTranscriptionConfig.__struct_fields__) == fields - set(READ_ONLY)


def test_what_a_response_may_not_override_cannot_be_said() -> None:
    """B128: model, turn detection, speed and truncation are the session's alone."""
    fields = set(SaidResponse.__struct_fields__)
    assert fields & {"model", "truncation", "type", "include", "tracing"} == set()
    paths: list[dict[str, Any]] = [{"input": {}}, {"output": {"speed": 1.0}}]
    for path in paths:
        with pytest.raises(msgspec.ValidationError, match="unknown field"):
            msgspec.convert({"audio": path}, SaidResponse)


def test_a_transcription_session_merges_as_any_other() -> None:
    config = TranscriptionConfig()
    for noise in ({"type": "far_field"}, {"strength": 0.5}):
        update = {"type": "transcription", "audio": {"input": {"noise_reduction": noise}}}
        config = merge(config, msgspec.convert(update, SaidTranscriptionConfig), config)
    assert config.audio.input == AudioInput(noise_reduction=NoiseReduction("far_field", 0.5))
