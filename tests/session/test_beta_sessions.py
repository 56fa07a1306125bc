"""Sessions that speak the beta dialect: the same decisions in other words."""

from collections.abc import Iterator
from typing import Any

import pytest

from plays import error, kinds
from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.config import Config
from repartee.session.session import Session
from stage import Stage

ITEM = "conversation.item.created"
USER_TURN = ["input_audio_buffer.committed", ITEM]
BEGUN = ["response.created", "rate_limits.updated"]


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(dialect=BETA)
    yield made
    made.settle()
    assert made.end() == []


def update(stage: Stage, **session: Any) -> list[dict[str, Any]]:
    return stage.client({"type": "session.update", "session": session})


def respond(stage: Stage, **response: Any) -> str:
    events = stage.client({"type": "response.create", "response": response})
    ref: str = events[0]["response"]["id"]
    return ref


def test_it_opens_with_session_and_conversation(stage: Stage) -> None:
    """B012, B014"""
    assert stage.kinds() == ["session.created", "conversation.created"]
    session, conversation = stage.events[0]["session"], stage.events[1]["conversation"]
    assert session["modalities"] == ["audio", "text"]
    assert "audio" not in session
    assert "type" not in session
    created = stage.client({"type": "response.create"})[0]["response"]
    assert created["conversation_id"] == conversation["id"]


def test_no_other_dialect_names_its_conversation() -> None:
    assert Stage().kinds() == ["session.created"]
    assert Stage(dialect=BETA, transcribes=True).kinds() == ["transcription_session.created"]
    numbers = iter(range(9))
    azure = Session(Config(temperature=0.8), new_id=lambda p: f"{p}_{next(numbers)}", now=0.0)
    frames = [BETA_2024.encode(event) for event in azure.open()[:2]]  # type: ignore[arg-type]
    assert [frame is None for frame in frames] == [False, True]


def test_a_spoken_turn(stage: Stage) -> None:
    """D3, B057, B110"""
    events = stage.speak()
    speech = ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"]
    assert kinds(events) == [*speech, *USER_TURN, *BEGUN]
    stage.transcribe(events[0]["item_id"], "Hello.")
    (ref,) = stage.replies
    said = stage.say(ref, "Hi.")
    assert kinds(said) == [
        "response.output_item.added",
        ITEM,
        "response.content_part.added",
        "response.audio_transcript.delta",
        "response.audio.delta",
    ]
    assert kinds(stage.finish(ref)) == [
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


def test_a_written_answer(stage: Stage) -> None:
    ref = respond(stage, modalities=["text"])
    assert stage.replies[ref].voice is None
    assert kinds(stage.say(ref, "Hi."))[-1] == "response.text.delta"
    assert stage.finish(ref)[0]["type"] == "response.text.done"


def test_temperature_reaches_the_model(stage: Stage) -> None:
    """B040"""
    assert stage.replies[respond(stage)].prompt.temperature == 0.8
    stage.settle()
    update(stage, temperature=0.6)
    assert stage.replies[respond(stage)].prompt.temperature == 0.6
    stage.settle()
    ref = respond(stage, temperature=1.1, max_response_output_tokens=99)
    assert stage.replies[ref].prompt.temperature == 1.1
    assert stage.replies[ref].prompt.max_output_tokens == 99
    assert error(update(stage, temperature=1.3)) == ("invalid_value", "session.temperature")


def test_a_beta_session_knows_no_idle_timeout(stage: Stage) -> None:
    vad = {"type": "server_vad", "idle_timeout_ms": 5000}
    refused = update(stage, turn_detection=vad)
    assert error(refused) == ("unknown_parameter", "session.turn_detection.idle_timeout_ms")
    stage.settle()
    assert stage.session.deadline == 3600


@pytest.mark.parametrize(
    ("transcribes", "kind", "said", "own"),
    [
        (False, "transcription_session.update", "transcription", "realtime"),
        (True, "session.update", "realtime", "transcription"),
    ],
)
def test_a_session_stays_of_its_kind(transcribes: bool, kind: str, said: str, own: str) -> None:
    """B033"""
    made = Stage(dialect=BETA, transcribes=transcribes)
    refused = made.client({"type": kind, "session": {"input_audio_format": "g711_ulaw"}})
    assert error(refused) == (None, None)
    assert refused[0]["error"]["message"] == (
        f"Passing a {said} session update event to a {own} session is not allowed."
    )
    assert made.end() == []


def test_telephone_sound_comes_and_goes(stage: Stage) -> None:
    update(stage, input_audio_format="g711_ulaw", output_audio_format="g711_alaw")
    assert stage.encoding == "audio/pcmu"
    stage.speak()
    stage.transcribe(next(iter(stage.recognitions)), "Hello.")
    (ref,) = stage.replies
    assert stage.replies[ref].encoding == "audio/pcma"


def test_a_session_that_transcribes() -> None:
    """B018"""
    made = Stage(dialect=BETA, transcribes=True)
    transcription = {"model": "whisper-1"}
    session = {"input_audio_transcription": transcription}
    (updated,) = made.client({"type": "transcription_session.update", "session": session})
    assert updated["type"] == "transcription_session.updated"
    assert updated["session"]["input_audio_transcription"] == transcription
    assert kinds(made.speak())[2:] == USER_TURN
    made.settle()
    assert made.last("conversation.item.input_audio_transcription.completed")
    assert made.end() == []
