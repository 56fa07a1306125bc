"""Utterances, as they are cut into chunks inside the worker process."""

from collections.abc import Callable

import pytest

from repartee.engines.espeak.speaking import (
    CHUNK_MS,
    FIRST_MS,
    LEAST_MS,
    Speaker,
    Speaking,
    nearest,
)
from repartee.engines.espeak.text import CLAUSE_S, SENTENCE_S
from repartee.engines.espeak.voices import voice
from repartee.engines.espeak.wire import RATE, Sound, Utterance

LANGUAGES = {tag: f"file/{tag}" for tag in ("en-us", "en-gb", "fr", "pt", "pt-br", "zh", "cmn")}
LETTER_S = 0.1


class Metronome(Speaking):
    """Speaks a tenth of a second a character, and hears words where they are written."""

    def __init__(self) -> None:
        self.spoken: list[str] = []

    def speak(
        self, text: str, utterance: Utterance, stopped: Callable[[], bool]
    ) -> tuple[bytes, list[tuple[int, int]]]:
        self.spoken.append(text)
        words = [
            (round(place * LETTER_S * RATE), place)
            for place in range(len(text))
            if not text[place].isspace() and (place == 0 or text[place - 1].isspace())
        ]
        return b"\x01\x00" * round(len(text) * LETTER_S * RATE), words


def say(*pieces: str) -> list[Sound]:
    speaker = Speaker(Metronome(), Utterance(voice("marin")), lambda: False)
    sounds = [sound for piece in pieces for sound in speaker.feed(piece.encode())]
    sounds += speaker.finish()
    speaker.close()
    return [sound for sound in sounds if isinstance(sound, Sound)]


def ms(sound: Sound) -> float:
    return len(sound.pcm) / 2 / RATE * 1000


def test_each_word_begins_a_chunk() -> None:
    sounds = say("so be it then")
    assert [sound.characters for sound in sounds if sound.characters] == [3, 3, 3, 4]
    begins = [
        sum(map(ms, sounds[:index])) for index, sound in enumerate(sounds) if sound.characters
    ]
    assert begins == pytest.approx([0, 300, 600, 900], abs=1)


def test_chunks_are_short_first_and_never_long() -> None:
    lengths = [ms(sound) for sound in say("incomprehensibilities")]
    assert lengths[: len(FIRST_MS)] == pytest.approx(FIRST_MS, abs=1)
    assert lengths[len(FIRST_MS) : -1] == pytest.approx([CHUNK_MS] * (len(lengths) - 4), abs=1)
    assert LEAST_MS <= lengths[-1] <= CHUNK_MS + LEAST_MS


def test_no_sound_is_lost() -> None:
    sounds = say("so be it", " then, all of you")
    assert sum(map(ms, sounds)) == pytest.approx(25 * LETTER_S * 1000, abs=2)
    assert sum(sound.characters for sound in sounds) == 25


@pytest.mark.parametrize(
    ("first", "pause"), [("Yes.", SENTENCE_S), ("Yes,", CLAUSE_S), ("Yes", 0.0)]
)
def test_pieces_are_parted_by_a_pause(first: str, pause: float) -> None:
    sounds = say(first, " and")
    silent = sum(map(ms, (each for each in sounds if not each.pcm.strip(b"\x00"))))
    assert silent == pytest.approx(1000 * pause, abs=1)


def test_nothing_is_silent_at_the_end() -> None:
    assert all(sound.pcm.strip(b"\x00") for sound in say("Yes."))


def test_white_space_is_no_sound_and_is_not_lost() -> None:
    sounds = say("  \n", " ", "so")
    assert sounds[0].characters == 6
    assert sum(map(ms, sounds)) == pytest.approx(200, abs=1)
    assert say(" ", "\n") == []


def test_text_comes_to_the_voice_without_markup() -> None:
    metronome = Metronome()
    speaker = Speaker(metronome, Utterance(voice("marin")), lambda: False)
    list(speaker.feed(b"**Yes**\x00"))
    assert metronome.spoken == ["  Yes   "]


@pytest.mark.parametrize(
    ("tag", "found"),
    [
        ("en", "en-us"),
        ("EN_us", "en-us"),
        ("en-GB", "en-gb"),
        ("fr-CA", "fr"),
        ("pt-BR", "pt-br"),
        ("zh-Hant-TW", "zh"),
        ("tlh", None),
        ("", None),
    ],
)
def test_the_nearest_language_is_spoken(tag: str, found: str | None) -> None:
    assert nearest(tag, LANGUAGES) == (f"file/{found}" if found else None)
