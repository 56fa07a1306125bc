"""Minds that hear: asked at once, with the user's sound; and minds that speak."""

import base64
from collections.abc import Iterator
from typing import Any

import pytest

from plays import TRANSCRIBED, kinds, update
from repartee.protocol.prompt import FORGOTTEN, Message, Prompt, Sound, VoiceChoice
from repartee.session import conversation
from repartee.session.bounds import Bounds
from repartee.session.commands import Guess, Hear, Transcribe
from repartee.session.tolerance import Tolerance
from stage import FRAME, Stage

COMPLETED = "conversation.item.input_audio_transcription.completed"
MS = 1000 * len(FRAME) / 48_000


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(Bounds(hears=True, speaks=True, guesses=True))
    yield made
    made.settle()
    assert made.end() == []


def asked(stage: Stage, kind: type) -> list[Any]:
    return [command for command in stage.commands if isinstance(command, kind)]


def prompt(stage: Stage) -> Prompt:
    """What the engines are asked now."""
    (reply,) = stage.replies.values()
    return reply.prompt


def answer(stage: Stage, text: str = "Yes. ") -> None:
    (ref,) = stage.replies
    stage.say(ref, text)
    stage.finish(ref)


def write(stage: Stage, *content: dict[str, Any]) -> None:
    item = {"type": "message", "role": "user", "content": list(content)}
    stage.client({"type": "conversation.item.create", "item": item})


def sound(pcm: bytes) -> dict[str, Any]:
    return {"type": "input_audio", "audio": base64.b64encode(pcm).decode()}


def test_the_model_is_asked_when_the_turn_ends(stage: Stage) -> None:
    events = stage.speak()
    assert "response.created" in kinds(events)
    (line,) = prompt(stage).lines
    assert isinstance(line, Message)
    assert (line.role, line.text) == ("user", "")
    (heard,) = line.sounds
    assert heard.audio.startswith(FRAME * 5)
    assert heard.encoding == "audio/pcm"
    assert line.id == stage.last("conversation.item.done")["item"]["id"]


def test_nothing_is_recognised_that_nobody_reads(stage: Stage) -> None:
    stage.speak()
    assert asked(stage, Transcribe) == asked(stage, Hear) == asked(stage, Guess) == []
    (record,) = stage.records
    assert record.kind == "transcription"
    assert record.audio_s == pytest.approx(21 * MS / 1000)


def test_a_client_may_read_what_was_said(stage: Stage) -> None:
    update(stage, **TRANSCRIBED)
    stage.speak()
    (ref,) = stage.recognitions
    assert prompt(stage).lines[0].sounds  # type: ignore[union-attr]
    answer(stage)
    assert kinds(stage.transcribe(ref, "Hello."))[-1] == COMPLETED


def test_a_client_may_ask_for_that_while_the_user_speaks(stage: Stage) -> None:
    stage.hear(0.9, 5)
    update(stage, **TRANSCRIBED)
    stage.hear(0.0, 20)
    (ref,) = stage.recognitions
    assert b"".join(each.pcm for each in asked(stage, Hear)).startswith(FRAME * 5)
    assert kinds(stage.transcribe(ref, "Hello."))[-1] == COMPLETED


def test_that_nothing_could_be_recognised_does_not_matter(stage: Stage) -> None:
    update(stage, audio={"input": {**TRANSCRIBED["audio"]["input"], "turn_detection": None}})
    stage.hear(0.9, 5)
    stage.client({"type": "input_audio_buffer.commit"})
    (ref,) = stage.recognitions
    assert kinds(stage.fail(ref)) == ["conversation.item.input_audio_transcription.failed"]
    stage.client({"type": "response.create"})
    (line,) = prompt(stage).lines
    assert isinstance(line, Message)
    assert line.sounds


@pytest.mark.parametrize(
    ("bounds", "vad"),
    [
        (Bounds(hears=True, tolerance=Tolerance(300, frozenset())), {"type": "server_vad"}),
        (Bounds(hears=True), {"type": "semantic_vad"}),
    ],
)
def test_who_judges_by_words_has_them(bounds: Bounds, vad: dict[str, Any]) -> None:
    stage = Stage(bounds)
    update(stage, audio={"input": {"turn_detection": vad}})
    stage.hear(0.9, 5)
    assert len(stage.recognitions) == 1


def test_sound_that_a_client_brings(stage: Stage) -> None:
    pcm = FRAME * 10
    write(stage, {"type": "input_text", "text": "Listen:"}, sound(pcm))
    stage.client({"type": "response.create"})
    (line,) = prompt(stage).lines
    assert isinstance(line, Message)
    assert (line.text, line.sounds) == ("Listen:", (Sound(pcm),))
    assert asked(stage, Transcribe) == []


def test_sound_of_a_telephone_stays_as_it_came(stage: Stage) -> None:
    update(stage, audio={"input": {"format": {"type": "audio/pcmu"}}})
    write(stage, sound(b"\xfe" * 800))
    stage.client({"type": "response.create"})
    assert prompt(stage).lines[0].sounds == (Sound(b"\xfe" * 800, "audio/pcmu"),)  # type: ignore[union-attr]


@pytest.mark.parametrize(("transcript", "told"), [("Hello.", "Hello."), (None, FORGOTTEN)])
def test_sound_that_is_no_longer_kept(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, transcript: str | None, told: str
) -> None:
    if transcript is not None:
        update(stage, **TRANSCRIBED)
    stage.speak()
    if transcript is not None:
        (ref,) = stage.recognitions
        stage.transcribe(ref, transcript)
    monkeypatch.setattr(conversation, "RETAINED_BYTES", 50 * len(FRAME))
    answer(stage)
    stage.hear(0.9, 40)
    stage.hear(0.0, 20)
    first, _, last = prompt(stage).lines
    assert isinstance(first, Message)
    assert isinstance(last, Message)
    assert (first.text, first.sounds) == (told, ())
    assert first.id
    assert last.id != first.id
    for ref in tuple(stage.recognitions):
        stage.transcribe(ref, "And more.")


def test_sound_counts_by_its_length() -> None:
    """Six tokens of 100 ms are heard; a window of five has no room for two such turns."""
    stage = Stage(Bounds(hears=True, window=8))
    stage.speak(5, 20)
    answer(stage, "Yes.")
    stage.speak(5, 20)
    assert len(prompt(stage).lines) == 1


def test_a_session_goes_by_one_name(stage: Stage) -> None:
    stage.speak()
    first = prompt(stage)
    answer(stage)
    stage.client({"type": "response.create"})
    assert prompt(stage).session == first.session == "sess_1"
    assert not first.aside
    answer(stage)
    stage.client({"type": "response.create", "response": {"conversation": "none"}})
    assert prompt(stage).aside


def test_a_model_that_speaks_is_told_how(stage: Stage) -> None:
    update(stage, audio={"output": {"voice": "cedar", "speed": 1.25}})
    stage.speak()
    assert prompt(stage).voice == VoiceChoice("cedar", speed=1.25)
    answer(stage)
    stage.client({"type": "response.create", "response": {"output_modalities": ["text"]}})
    assert prompt(stage).voice is None


def test_one_that_reads_is_told_words_alone() -> None:
    stage = Stage()
    stage.speak()
    (ref,) = stage.recognitions
    stage.transcribe(ref, "Hello.")
    assert prompt(stage).lines == (Message("user", "Hello."),)
    assert prompt(stage).voice is None
