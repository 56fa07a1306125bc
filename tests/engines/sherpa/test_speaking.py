"""Utterances inside the worker process: sentence by sentence, each word with its sound."""

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from repartee.engines.sherpa import speaking, synthesizers
from repartee.engines.sherpa.speaking import CHUNK_MS, Hear, Samples, Speaker, Speaking
from repartee.engines.sherpa.synthesizers import Recording
from repartee.engines.sherpa.wire import Sound, Utterance, Voice
from repartee.engines.worker.work import Steps, WorkError

RATE = 16_000
CHARACTER = 1_600  # samples


class Model:
    """A voice with so many speakers that gives a tenth of a second of sound a character."""

    def __init__(self, num_speakers: int = 3, silent: bool = False) -> None:
        self.num_speakers = num_speakers
        self.silent = silent
        self.asked: list[tuple[str, Any]] = []

    def generate(self, text: str, manner: Any, hear: Hear) -> None:
        self.asked.append((text, manner))
        if not self.silent:
            hear(np.full(len(text) * CHARACTER, 0.5, np.float32), 1.0)


def loaded(monkeypatch: pytest.MonkeyPatch, model: Model, **changed: Any) -> Speaking:
    """The work with this model, as it is when its process begins to serve."""
    options: dict[str, Any] = {
        "family": "vits",
        "files": {},
        "threads": 1,
        "provider": "cpu",
        "language": "",
        "rate": RATE,
        "steps": 5,
        "voices": {},
        "speakers": (),
    }
    monkeypatch.setattr(synthesizers, "make", lambda _: model)
    monkeypatch.setattr(speaking, "hush", lambda: None)
    return Speaking(Voice(**{**options, **changed}))


class Made:
    """Gives each sentence the pieces that it was told to: samples, and how far they reach."""

    options = SimpleNamespace(rate=RATE)

    def __init__(self, *pieces: tuple[int, float]) -> None:
        self.pieces = pieces
        self.texts: list[str] = []
        self.went_on: list[int] = []
        self.failure: Exception | None = None
        self.cancelled = False

    def start(self, text: str, utterance: Utterance, hear: Hear) -> "Future[None]":
        self.texts.append(text)
        future: Future[None] = Future()
        for samples, progress in self.pieces:
            self.went_on.append(hear(np.zeros(samples, np.float32), progress))
        if self.failure is None:
            future.set_result(None)
        else:
            future.set_exception(self.failure)
        return future


def say(made: Made, *texts: str, stopped: Callable[[], bool] = lambda: False) -> list[Sound]:
    work: Any = made
    speaker = Speaker(work, Utterance("nova"), stopped)
    steps: list[Steps] = [*(speaker.feed(text.encode()) for text in texts), speaker.finish()]
    sounds = [sound for step in steps for sound in step if isinstance(sound, Sound)]
    speaker.close()
    return sounds


def characters(sounds: Sequence[Sound]) -> list[int]:
    return [sound.characters for sound in sounds]


def test_sentences_are_spoken_one_by_one() -> None:
    made = Made((CHARACTER, 1.0))
    sounds = say(made, "Good  morning. How are", " you?")
    assert made.texts == ["Good morning.", "How are", "you?"]
    assert sum(characters(sounds)) == len("Good  morning. How are you?")


def test_sound_comes_in_chunks_and_words_with_theirs() -> None:
    sounds = say(Made((10 * CHARACTER, 1.0)), "So be it. ")
    assert [len(sound.pcm) for sound in sounds] == [2 * RATE * CHUNK_MS // 1000] * 5
    assert characters(sounds) == [3, 3, 4, 0, 0]


def test_what_comes_in_pieces_is_told_as_far_as_it_reaches() -> None:
    sounds = say(Made((CHARACTER, 0.3), (CHARACTER, 0.2), (CHARACTER, 1.0)), "so be it")
    assert characters(sounds) == [3, 0, 5]  # progress that falls back takes nothing back


def test_what_cannot_be_said_begins_with_the_next_sound() -> None:
    made = Made((CHARACTER, 1.0))
    assert characters(say(made, "… \n", "so.")) == [6]
    assert made.texts == ["so."]
    assert say(made, " ", "\n") == []


def test_a_model_that_gives_no_sound_loses_no_text() -> None:
    work: Any = Made()
    speaker = Speaker(work, Utterance("nova"), lambda: False)
    assert [*speaker.feed(b"So.")] == []
    work.pieces = ((CHARACTER, 1.0),)
    assert characters([each for each in speaker.feed(b" Yes.") if isinstance(each, Sound)]) == [8]


def test_who_has_left_is_not_spoken_to_any_longer() -> None:
    made = Made((CHARACTER, 0.5))
    say(made, "so.", stopped=lambda: True)
    assert made.went_on == [0]


def test_a_failure_of_the_library_is_raised() -> None:
    made = Made()
    made.failure = WorkError("no sound")
    with pytest.raises(WorkError, match="no sound"):
        say(made, "so.")


def test_samples_beyond_full_scale_are_clipped() -> None:
    samples: Samples = np.array([2, -2, 0.5], np.float32)
    ((pcm, share),) = speaking._chunks(samples, RATE)
    assert np.frombuffer(pcm, "<i2").tolist() == [32_767, -32_767, 16_383]
    assert share == 1.0


def test_an_utterance_has_its_speaker_and_its_speed(monkeypatch: pytest.MonkeyPatch) -> None:
    model = Model()
    work = loaded(monkeypatch, model, voices={"nova": "carla"}, speakers=("anna", "bert", "carla"))
    work.start("So.", Utterance("nova", 1.25), lambda samples, progress: 1).result()
    (warmed, _), (text, manner) = model.asked
    assert warmed  # the first words take longer, and are nobody's
    assert (text, manner.sid, manner.speed, manner.num_steps) == ("So.", 2, 1.25, 5)


def test_a_voice_is_taken_over_from_its_recording(monkeypatch: pytest.MonkeyPatch) -> None:
    recordings = [
        Recording(np.full(3, level, np.float32), 8_000, text)
        for level, text in ((0.25, "This is Anna."), (0.5, "This is Bert."))
    ]
    monkeypatch.setattr(synthesizers, "recordings", lambda _: recordings)
    model = Model(num_speakers=0)
    names = {"nova": "bert"}
    work = loaded(monkeypatch, model, family="pocket", speakers=("anna", "bert"), voices=names)
    work.start("So.", Utterance("nova"), lambda samples, progress: 1).result()
    manner = model.asked[-1][1]
    assert list(manner.reference_audio) == [0.5] * 3
    assert (manner.reference_sample_rate, manner.reference_text) == (8_000, "This is Bert.")


@pytest.mark.parametrize("chosen", [3, -1, "dora"])
def test_a_speaker_that_is_not_there_is_told(
    monkeypatch: pytest.MonkeyPatch, chosen: int | str
) -> None:
    with pytest.raises(WorkError, match=rf"voices\.nova is {chosen}, .* 0 to 2 \(a, b, c\)"):
        loaded(monkeypatch, Model(), voices={"nova": chosen}, speakers=("a", "b", "c"))


def test_a_language_without_a_sound_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(WorkError, match='does not speak the language "xx"'):
        loaded(monkeypatch, Model(silent=True), family="supertonic", language="xx")
