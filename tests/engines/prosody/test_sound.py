"""The three cues are heard in voices made of tones, where each can be had alone."""

import numpy as np
import pytest
from numpy.typing import NDArray

from recordings import clips, read, recorded
from repartee.engines.prosody.sound import RATE, Cues, cues

Sound = NDArray[np.float64]

SILENCE = np.zeros(RATE // 5)


def voice(seconds: float, semitones: float = 0, decibels: float = 0) -> Sound:
    """A buzz at 120 Hz, whose last 150 ms are so many semitones lower and its last half second so
    many decibels softer; it dips eight times in two seconds as syllables do."""
    times = np.arange(round(seconds * RATE)) / RATE
    last = times > seconds - 0.15
    phases = np.cumsum(np.where(last, 120 * 2 ** (-semitones / 12), 120)) / RATE
    harmonics = np.arange(1, 12)[:, np.newaxis]
    sound: Sound = 4000 * np.sum(np.sin(2 * np.pi * phases * harmonics) / harmonics, axis=0)
    sound *= np.where(times > seconds - 0.5, 10 ** (-decibels / 20), 1)
    return sound * (0.6 + 0.4 * np.cos(2 * np.pi * 4 * times))


def heard(*parts: Sound, noise: float = 2) -> Cues:
    sound = np.concatenate([*parts, SILENCE])
    sound = sound + np.random.default_rng(0).standard_normal(len(sound)) * noise
    found = cues(sound.astype("<i2").tobytes())
    assert found is not None
    return found


@pytest.mark.parametrize("noise", [2, 200])
def test_the_longer_one_spoke_the_likelier_one_is_done(noise: float) -> None:
    told = [heard(voice(seconds), noise=noise).long for seconds in (0.4, 1.0, 2.0, 3.0)]
    assert told == sorted(told)
    assert told[0] == 0
    assert told[1:] == pytest.approx([0.25, 0.75, 1.0], abs=0.05)


def test_a_pause_begins_a_new_stretch_and_a_stop_does_not() -> None:
    one, other = voice(2), voice(1)
    assert heard(one, np.zeros(RATE * 2 // 5), other).long == pytest.approx(0.25, abs=0.05)
    assert heard(one, np.zeros(RATE // 10), other).long == 1


@pytest.mark.parametrize(("decibels", "expected"), [(0, 0), (3, 0.5), (9, 1)])
def test_a_voice_that_gets_softer(decibels: float, expected: float) -> None:
    told = heard(voice(2.5, decibels=decibels))
    assert told.soft == pytest.approx(expected, abs=0.12)
    assert told.low < 0.2


@pytest.mark.parametrize(("semitones", "expected"), [(-4, 0), (0, 0), (1.5, 0.5), (4, 1)])
def test_a_voice_that_gets_lower(semitones: float, expected: float) -> None:
    told = heard(voice(2.5, semitones))
    assert told.low == pytest.approx(expected, abs=0.12)
    assert told.soft < 0.2


def test_a_whisper_has_no_melody() -> None:
    hiss = np.random.default_rng(1).standard_normal(2 * RATE) * 1000
    assert heard(hiss).low == 0


@pytest.mark.parametrize(
    "pcm", [b"", b"\1\0", bytes(2 * RATE), b"\1\0" * RATE, bytes(RATE) + b"\0\x20" * 1500]
)
def test_without_speech_there_are_no_cues(pcm: bytes) -> None:
    assert cues(pcm) is None


def test_people_are_heard_too() -> None:
    for clip in clips():
        found = cues(read(clip.name, RATE).tobytes())
        assert found is not None
        assert all(0 <= cue <= 1 for cue in found)
    assert recorded() or clips()
