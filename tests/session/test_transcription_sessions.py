"""Sessions that only write down what they hear: nothing is ever answered."""

from collections.abc import Iterator
from typing import Any

import pytest

from plays import error, heard, kinds, text
from repartee.protocol.beta import BETA
from repartee.protocol.ga import GA, Dialect
from repartee.session.bounds import Bounds
from stage import Stage

WORDS = "conversation.item.input_audio_transcription"
COMMITTED = [
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
LOGPROBS = ["item.input_audio_transcription.logprobs"]


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(Bounds(logprobs=True), transcribes=True)
    yield made
    assert not any(kind.startswith("response.") for kind in made.kinds()), "B183"
    assert made.replies == {}
    made.settle()
    assert made.end() == []


def update(stage: Stage, **session: Any) -> list[dict[str, Any]]:
    said = {"type": "transcription", **session}
    return stage.client({"type": "session.update", "session": said})


def transcribe(stage: Stage, model: str = "any", **more: Any) -> list[dict[str, Any]]:
    return update(stage, **heard(transcription={"model": model}), **more)


def test_it_shows_what_it_is(stage: Stage) -> None:
    """B016; members of turn detection that are about answers are not shown"""
    (created,) = stage.events
    assert created["session"] == {
        "type": "transcription",
        "object": "realtime.transcription_session",
        "id": "sess_1",
        "expires_at": 3600,
        "include": None,
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
                },
            }
        },
    }


def test_a_spoken_turn_becomes_words(stage: Stage) -> None:
    """D12, B081"""
    transcribe(stage)
    events = stage.speak()
    speech = ["input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"]
    assert kinds(events) == [*speech, *COMMITTED]
    item_id = events[0]["item_id"]
    told = stage.transcribe(item_id, "Hel", final=False) + stage.transcribe(item_id, "Hello.")
    assert kinds(told) == [f"{WORDS}.delta", f"{WORDS}.delta", f"{WORDS}.completed"]
    assert told[-1]["transcript"] == "Hello."


def test_one_model_tells_its_words_when_it_has_them_all(stage: Stage) -> None:
    """B176"""
    transcribe(stage, "whisper-1")
    item_id = stage.speak()[0]["item_id"]
    assert stage.transcribe(item_id, "One", final=False) == []
    delta, completed = stage.transcribe(item_id, "One two")
    assert delta["delta"] == completed["transcript"] == "One two"


def test_flags_about_answers_mean_nothing(stage: Stage) -> None:
    """B081"""
    vad = {"type": "server_vad", "create_response": True, "interrupt_response": True}
    transcribe(stage)
    update(stage, **heard(turn_detection=vad))
    stage.speak()
    stage.speak()
    assert kinds(stage.events).count(COMMITTED[0]) == 2


def test_by_hand_the_client_commits(stage: Stage) -> None:
    """D12"""
    transcribe(stage, "gpt-realtime-whisper")
    assert stage.hear(0.9, 10) == []
    committed = stage.client({"type": "input_audio_buffer.commit"})
    assert kinds(committed) == COMMITTED
    stage.settle()
    assert stage.last(f"{WORDS}.completed")["usage"]["type"] == "tokens"


@pytest.mark.parametrize("dialect", [GA, BETA], ids=["ga", "beta"])
@pytest.mark.parametrize(
    "event",
    [
        {"type": "response.create"},
        {"type": "response.cancel"},
        {"type": "conversation.item.create", "item": text("Hello.")},
        {
            "type": "conversation.item.truncate",
            "item_id": "item_1",
            "content_index": 0,
            "audio_end_ms": 0,
        },
        {"type": "output_audio_buffer.clear"},
    ],
    ids=lambda event: event["type"],
)
def test_what_is_about_answers_is_refused(dialect: Dialect, event: dict[str, Any]) -> None:
    """B138"""
    made = Stage(dialect=dialect, transcribes=True)
    refused = made.client({**event, "event_id": "mine"})
    assert error(refused) == ("invalid_value", "type")
    assert event["type"] in refused[0]["error"]["message"]
    assert refused[0]["error"]["event_id"] == "mine"
    assert made.end() == []


def test_items_can_be_seen_and_removed(stage: Stage) -> None:
    transcribe(stage)
    item_id = stage.speak()[0]["item_id"]
    stage.settle()
    (retrieved,) = stage.client({"type": "conversation.item.retrieve", "item_id": item_id})
    assert retrieved["item"]["content"][0]["transcript"] == "so it was"
    (deleted,) = stage.client({"type": "conversation.item.delete", "item_id": item_id})
    assert deleted["type"] == "conversation.item.deleted"
    assert stage.speak()[2]["previous_item_id"] is None


def test_an_update_for_the_other_kind_is_refused(stage: Stage) -> None:
    """B033"""
    refused = stage.client(
        {"type": "session.update", "session": {"type": "realtime", "instructions": "Hi."}}
    )
    assert error(refused) == (None, None)
    assert refused[0]["error"]["message"] == (
        "Passing a realtime session update event to a transcription session is not allowed."
    )


def test_a_failed_transcription_is_told_and_nothing_else(stage: Stage) -> None:
    transcribe(stage)
    item_id = stage.speak()[0]["item_id"]
    assert kinds(stage.fail(item_id)) == [f"{WORDS}.failed"]


def test_it_is_never_idle(stage: Stage) -> None:
    transcribe(stage)
    stage.speak()
    stage.settle()
    assert stage.session.deadline == 3600


# How sure the recogniser is


def test_certainty_is_told_only_to_who_asks(stage: Stage) -> None:
    """B178"""
    transcribe(stage)
    stage.transcribe(stage.speak()[0]["item_id"], "One two")
    for kind in ("delta", "completed"):
        assert "logprobs" not in stage.last(f"{WORDS}.{kind}")
    update(stage, include=LOGPROBS)
    item_id = stage.speak()[0]["item_id"]
    told = stage.transcribe(item_id, "One", final=False) + stage.transcribe(item_id, "One two")
    first, second, completed = told
    tokens = ["".join(one["token"] for one in event["logprobs"]) for event in told]
    assert tokens == [first["delta"], second["delta"], completed["transcript"]]
    assert tokens == ["One", " two", "One two"]
    assert completed["logprobs"][1] == {
        "token": " two",
        "logprob": -0.5,
        "bytes": list(b" two"),
    }
    update(stage, include=None)
    stage.transcribe(stage.speak()[0]["item_id"], "One two")
    assert "logprobs" not in stage.last(f"{WORDS}.completed")


def test_silence_is_certain_of_nothing(stage: Stage) -> None:
    transcribe(stage, include=LOGPROBS)
    (completed,) = stage.transcribe(stage.speak()[0]["item_id"], "")
    assert (completed["transcript"], completed["logprobs"]) == ("", [])


def test_a_recogniser_that_cannot_tell_is_not_asked() -> None:
    made = Stage(Bounds(logprobs=False), transcribes=True)
    assert error(update(made, include=LOGPROBS)) == ("invalid_value", "session.include")
    assert update(made, include=[])[0]["session"]["include"] == []


# What it costs, and in which language it was


@pytest.mark.parametrize(
    ("model", "usage"),
    [
        ("whisper-1", {"type": "duration", "seconds": 0.672}),
        (
            "gpt-4o-transcribe",
            {
                "type": "tokens",
                "total_tokens": 9,
                "input_tokens": 7,
                "output_tokens": 2,
                "input_token_details": {"text_tokens": 0, "audio_tokens": 7},
            },
        ),
    ],
)
def test_usage_is_counted_as_the_model_counts(
    stage: Stage, model: str, usage: dict[str, Any]
) -> None:
    """B176, B177"""
    transcribe(stage, model)
    stage.transcribe(stage.speak()[0]["item_id"], "Hello.")
    assert stage.last(f"{WORDS}.completed")["usage"] == usage


def test_only_one_model_tells_languages_and_here_it_is_never_sure(stage: Stage) -> None:
    """B181"""
    transcribe(stage, "gpt-4o-transcribe")
    stage.transcribe(stage.speak()[0]["item_id"], "Hello.")
    assert "languages" not in stage.last(f"{WORDS}.completed")
    transcribe(stage, "gpt-transcribe")
    stage.transcribe(stage.speak()[0]["item_id"], "Hello.")
    assert stage.last(f"{WORDS}.completed")["languages"] == []
