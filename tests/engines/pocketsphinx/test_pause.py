"""Silence after a pause is held back until it grows louder."""

import numpy as np
import pytest

from repartee.engines.pocketsphinx.pause import JUDGED, LEAD, Pause, power

SPEECH = 1_000.0**2


def noise(ms: int, level: float, offset: float = 0, seed: int = 0) -> bytes:
    samples = np.random.default_rng(seed).normal(offset, level, 16 * ms)
    return samples.astype("<i2").tobytes()


@pytest.mark.parametrize("level", [0, 3, 300])
def test_the_same_silence_goes_on(level: float) -> None:
    pause = Pause(noise(200, level), SPEECH)
    assert not any(pause.ended_by(noise(100, level, seed=seed)) for seed in range(1, 30))


def test_louder_sound_ends_it_and_brings_the_silence_before_it() -> None:
    pause = Pause(noise(200, 100), SPEECH)
    before = noise(500, 100, seed=1)
    for start in range(0, len(before), JUDGED):
        assert not pause.ended_by(before[start : start + JUDGED])
    word = noise(100, 160, seed=2)
    assert pause.ended_by(word) == before[-LEAD:] + word


def test_a_word_right_after_the_pause_loses_nothing() -> None:
    word = noise(100, 1_000)
    assert Pause(bytes(LEAD), SPEECH).ended_by(word) == word


def test_the_end_of_a_word_is_no_silence() -> None:
    pause = Pause(noise(100, 5_000) + noise(100, 50), SPEECH)
    assert not pause.ended_by(noise(100, 50, seed=1))
    assert pause.ended_by(noise(100, 500))


def test_a_few_samples_are_judged_with_those_before() -> None:
    pause = Pause(noise(200, 100), SPEECH)
    assert not pause.ended_by(noise(100, 100, seed=1))
    assert not pause.ended_by(noise(1, 300, seed=2))


def test_what_is_hardly_quieter_than_speech_is_no_silence() -> None:
    pause = Pause(noise(200, 1_000), 5_000_000)
    word = noise(100, 1_000, seed=1)
    assert pause.ended_by(word) == word


def test_where_nothing_was_heard_all_is_worth_hearing() -> None:
    assert Pause(b"", 0).ended_by(bytes(JUDGED)) == bytes(JUDGED)


def test_a_constant_offset_is_not_loud() -> None:
    assert power(noise(100, 0, offset=5_000)) == pytest.approx(0, abs=1e-6)
    assert power(noise(100, 100, offset=5_000)) == pytest.approx(10_000, rel=0.1)
    assert power(b"") == 0
