"""What a session may be told about itself, and what it may not."""

from functools import partial
from typing import Any

import msgspec
import pytest

from plays import template
from repartee.keys.limits import first_changed
from repartee.protocol.audio import NoiseFilter
from repartee.protocol.client import SaidConfig, SaidResponse, SaidTranscriptionConfig
from repartee.protocol.config import AnyConfig, Config, ServerVad, TranscriptionConfig
from repartee.protocol.errors import Refused
from repartee.protocol.template import Prompts
from repartee.session.bounds import Bounds
from repartee.session.commands import Listen
from repartee.session.configuration import Configuration

ANSWERING, TRANSCRIBING = Config(), TranscriptionConfig()
PROMPTS: Prompts = {
    "sing": {"1": template("sing", instructions="Sing.", audio={"output": {"voice": "ash"}})}
}
SING: dict[str, Any] = {"prompt": {"id": "sing"}}


def configuration(config: AnyConfig = ANSWERING, *, logprobs: bool = False) -> Configuration:
    return Configuration(config, Bounds(logprobs=logprobs, prompts=PROMPTS))


def update(
    told: Configuration, kind: str | None = None, *, has_spoken: bool = False, **said: Any
) -> Refused | None:
    kind = kind or ("transcription" if told.answering is None else "realtime")
    shapes = {"realtime": SaidConfig, "transcription": SaidTranscriptionConfig}
    update = msgspec.convert({"type": kind, **said}, shapes[kind])
    return told.update(update, has_spoken=has_spoken)


def heard(**members: Any) -> dict[str, Any]:
    return {"audio": {"input": members}}


# Which session


@pytest.mark.parametrize(
    ("config", "said", "own"),
    [(ANSWERING, "transcription", "realtime"), (TRANSCRIBING, "realtime", "transcription")],
)
def test_a_session_stays_of_its_kind(config: AnyConfig, said: str, own: str) -> None:
    """B033"""
    told = configuration(config)
    refused = update(told, said, **heard(turn_detection=None))
    message = f"Passing a {said} session update event to a {own} session is not allowed."
    assert refused == Refused(message)
    assert told.current is config


def test_only_one_that_answers_is_answering() -> None:
    assert configuration().answering is ANSWERING
    assert configuration(TRANSCRIBING).answering is None


# How the client is heard


def test_noise_reduction_begins_at_full_strength_and_keeps_its_own() -> None:
    told = configuration()
    assert told.listen().noise_reduction is None
    for said, kind, strength in (
        ({"type": "near_field"}, "near_field", 1.0),
        ({"type": "near_field", "strength": 0.3}, "near_field", 0.3),
        ({"type": "far_field"}, "far_field", 0.3),
        (None, None, None),
        ({"type": "far_field"}, "far_field", 1.0),
    ):
        assert update(told, **heard(noise_reduction=said)) is None
        expected = None if kind is None else NoiseFilter(kind, strength or 0)  # type: ignore[arg-type]
        assert told.listen().noise_reduction == expected


def test_the_listener_is_told_format_noise_and_whether_to_judge() -> None:
    told = configuration()
    assert told.listen() == Listen(judge=True)
    update(told, **heard(format={"type": "audio/pcma"}, turn_detection=None))
    assert told.listen() == Listen(judge=False, encoding="audio/pcma")


# What may not be


def test_logprobs_are_given_only_where_the_recogniser_has_them() -> None:
    include = ["item.input_audio_transcription.logprobs"]
    deaf, sure = configuration(), configuration(logprobs=True)
    refused = update(deaf, include=include)
    assert refused is not None
    assert (refused.code, refused.param) == ("invalid_value", "session.include")
    assert deaf.current.include is None
    assert update(sure, include=include) is None
    assert sure.current.include == tuple(include)
    assert update(sure, include=None) is None
    assert sure.current.include is None


def test_speakers_are_not_told_apart() -> None:
    refused = update(configuration(), **heard(transcription={"model": "gpt-4o-transcribe-diarize"}))
    assert refused is not None
    assert refused.param == "session.audio.input.transcription.model"


@pytest.mark.parametrize("tracing", ["auto", {"workflow_name": "call"}])
def test_tracing_begins_once(tracing: Any) -> None:
    """B034"""
    told = configuration()
    assert update(told, tracing=None) is None
    assert update(told, tracing=tracing) is None
    assert update(told, tracing=tracing) is None, "the same again changes nothing"
    for other in (None, {"workflow_name": "other"}):
        refused = update(told, tracing=other)
        assert refused is not None
        assert refused.param == "session.tracing"
    assert update(told, instructions="Hi.") is None


def test_tracing_that_an_ephemeral_key_has_begun_is_not_changed_by_its_client() -> None:
    told = configuration()
    bound = msgspec.convert({"type": "realtime", "tracing": {"group_id": "a"}}, SaidConfig)
    assert told.bind(bound) is None
    refused = update(told, tracing="auto")
    assert refused is not None
    assert refused.param == "session.tracing"


@pytest.mark.parametrize("model", ["gpt-realtime-whisper", "gpt-live-transcribe"])
def test_models_whose_turns_the_client_ends(model: str) -> None:
    """B082"""
    told = configuration(TRANSCRIBING)
    refused = update(
        told, **heard(transcription={"model": model}, turn_detection={"type": "server_vad"})
    )
    assert refused == Refused("Turn detection is not supported for this transcription model.")
    assert update(told, **heard(transcription={"model": model})) is None
    assert told.detection is None, "what nobody asked for gives way"
    assert update(told, **heard(turn_detection={"type": "server_vad"})) == refused
    assert update(told, **heard(transcription={"model": "whisper-1"})) is None
    assert update(told, **heard(turn_detection={"type": "server_vad"})) is None


def test_they_have_their_turns_detected_where_they_are_answered() -> None:
    told = configuration()
    assert update(told, **heard(transcription={"model": "gpt-realtime-whisper"})) is None
    assert told.detection is not None


def test_silence_is_not_waited_for_where_nobody_answers() -> None:
    refused = update(
        configuration(TRANSCRIBING),
        **heard(turn_detection={"type": "server_vad", "idle_timeout_ms": 5000}),
    )
    assert refused is not None
    assert refused.param == "session.audio.input.turn_detection.idle_timeout_ms"


# Prompts and voices


def test_a_prompt_cannot_change_a_voice_that_was_heard() -> None:
    """B030"""
    told = configuration()
    refused = update(told, has_spoken=True, **SING)
    assert refused is not None
    assert refused.code == "cannot_update_voice"
    assert told.current is ANSWERING
    own = {"output": {"voice": "marin"}}
    assert update(told, has_spoken=True, **SING, audio=own) is None
    assert told.response().instructions == "Sing."


def test_what_a_refused_update_said_was_never_said() -> None:
    told = configuration()
    assert update(told, tracing="auto") is None
    assert update(told, tracing=None, instructions="Mine.") is not None
    assert update(told, **SING) is None
    assert told.response().instructions == "Sing."


@pytest.mark.parametrize(
    ("said", "instructions", "voice"),
    [
        ({}, "Be kind.", "marin"),
        (SING, "Sing.", "ash"),
        ({**SING, "instructions": "Mine."}, "Mine.", "ash"),
        ({**SING, "audio": {"output": {"voice": "echo"}}}, "Sing.", "echo"),
        ({"prompt": None}, "Be kind.", "marin"),
    ],
)
def test_a_prompt_for_one_response(said: dict[str, Any], instructions: str, voice: str) -> None:
    told = configuration(Config(instructions="Be kind."))
    config = told.response_as(msgspec.convert(said, SaidResponse), has_spoken=False)
    assert not isinstance(config, Refused)
    assert (config.instructions, config.audio.output.voice) == (instructions, voice)
    assert told.response().instructions == "Be kind."


def test_a_prompt_for_one_response_may_not_change_the_voice_either() -> None:
    """B129"""
    refused = configuration().response_as(msgspec.convert(SING, SaidResponse), has_spoken=True)
    assert isinstance(refused, Refused)
    assert refused.code == "cannot_update_voice"
    unknown = msgspec.convert({"prompt": {"id": "no"}}, SaidResponse)
    refused = configuration().response_as(unknown, has_spoken=False)
    assert isinstance(refused, Refused)
    assert refused.param == "response.prompt.id"


# What its key decides


def locked(*fields: str, said: dict[str, Any] | None = None) -> Configuration:
    """A session some fields of which its key decides; `said` is bound to that key."""
    bounds = Bounds(prompts=PROMPTS, locked=partial(first_changed, fields))
    told = Configuration(Config(), bounds)
    bound = msgspec.convert({"type": "realtime", **(said or {})}, SaidConfig)
    assert told.bind(bound) is None
    return told


def test_what_is_bound_to_a_key_is_as_if_it_had_been_said_first() -> None:
    told = locked(said={"instructions": "Sing.", **heard(turn_detection=None)})
    assert told.answering is not None
    assert told.answering.instructions == "Sing."
    assert told.detection is None
    assert update(told, instructions="Hum.", **heard(turn_detection={"type": "server_vad"})) is None
    assert told.answering.instructions == "Hum."
    assert isinstance(told.detection, ServerVad)


def test_what_is_bound_wins_over_a_prompt() -> None:
    told = locked(said={"instructions": "Hum."})
    assert update(told, **SING) is None
    assert told.answering is not None
    assert told.answering.instructions == "Hum."
    assert told.answering.audio.output.voice == "ash"


def test_what_cannot_be_bound_is_refused() -> None:
    told = configuration()
    refused = told.bind(msgspec.convert({"type": "realtime", "prompt": {"id": "x"}}, SaidConfig))
    assert refused is not None
    assert refused.param == "session.prompt.id"
    refused = told.bind(msgspec.convert({"type": "transcription"}, SaidTranscriptionConfig))
    assert refused is not None
    assert told.current is ANSWERING


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("instructions", {"instructions": "Hum."}),
        ("instructions", SING),
        ("audio.output.voice", {"audio": {"output": {"voice": "cedar"}}}),
        ("audio.output", {"audio": {"output": {"voice": "cedar"}}}),
        ("audio.output.voice", SING),
        ("tools", {"tools": [{"type": "function", "name": "f"}]}),
    ],
)
def test_a_locked_field_stays_whatever_would_change_it(field: str, said: dict[str, Any]) -> None:
    told = locked(field)
    before = told.current
    refused = update(told, **said, max_output_tokens=7)
    assert refused is not None
    assert (refused.code, refused.param) == ("invalid_value", f"session.{field}")
    assert told.current is before
    if "prompt" not in said:
        response = told.response_as(msgspec.convert(said, SaidResponse), has_spoken=False)
        assert isinstance(response, Refused)
        assert response.param == f"response.{field}"


def test_a_locked_field_may_be_repeated() -> None:
    told = locked("instructions", said={"instructions": "Hum."})
    assert update(told, instructions="Hum.", max_output_tokens=7) is None
    same = msgspec.convert({"instructions": "Hum."}, SaidResponse)
    assert not isinstance(told.response_as(same, has_spoken=False), Refused)


def test_a_prompt_changes_no_locked_field_of_a_response() -> None:
    response = locked("instructions").response_as(
        msgspec.convert(SING, SaidResponse), has_spoken=False
    )
    assert isinstance(response, Refused)
    assert response.param == "response.instructions"
