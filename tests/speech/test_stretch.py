"""The pace of a voice: exact lengths, the same pitch, and every word where it belongs."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import recordings
from engines.acoustics import Samples, pitches
from repartee.engines.protocols import Speech
from repartee.speech.stretch import Pacer, Stretcher

SPEEDS = (0.25, 0.5, 0.75, 1.25, 1.5)
RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
CLIPS = ("jfk", "lj_LJ001-0002", "ls_other_367-130732-0001")

at_any_speed = pytest.mark.parametrize("speed", SPEEDS)


def pcm(sound: NDArray[Any]) -> bytes:
    samples: NDArray[np.int16] = np.rint(sound).clip(-32_768, 32_767).astype("<i2")
    return samples.tobytes()


def stretched(sound: NDArray[Any], speed: float, rate: int = 24_000) -> Samples:
    stretch = Stretcher(rate, speed)
    return np.frombuffer(stretch(pcm(sound)) + stretch.flush(), "<i2").astype(np.float64)


def sine(hertz: float, rate: int, seconds: float = 1.0) -> Samples:
    sound: Samples = 20_000 * np.sin(2 * np.pi * hertz / rate * np.arange(round(seconds * rate)))
    return sound


def frequency(sound: Samples, rate: int) -> float:
    """Of a sine, by the highest peak of its spectrum: to 1 / 8 Hz."""
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound)), 8 * rate))
    return float(np.argmax(spectrum)) / 8


@settings(max_examples=60)
@given(
    st.lists(st.integers(0, 3_000), max_size=8),
    st.one_of(st.sampled_from(SPEEDS), st.floats(0.25, 4.0)),
    st.sampled_from(RATES),
    st.integers(0, 2**32 - 1),
)
def test_length_is_exact_and_cuts_change_nothing(
    cuts: list[int], speed: float, rate: int, seed: int
) -> None:
    noise = np.random.default_rng(seed).integers(-32_768, 32_768, sum(cuts)).astype("<i2").tobytes()
    stretch, given, start = Stretcher(rate, speed), list[bytes](), 0
    for count in cuts:
        given.append(stretch(noise[2 * start : 2 * (start + count)]))
        start += count
    given.append(stretch.flush())
    assert len(b"".join(given)) == 2 * round(start / speed)
    assert b"".join(given) == stretch(noise) + stretch.flush()  # it is as new


def test_the_usual_speed_changes_nothing_and_holds_nothing_back() -> None:
    noise = np.random.default_rng(0).integers(-32_768, 32_768, 999).astype("<i2").tobytes()
    stretch = Stretcher(24_000, 1.0)
    assert stretch(noise) == noise
    assert stretch.flush() == b""


@at_any_speed
@pytest.mark.parametrize("rate", RATES)
def test_no_more_than_43_ms_are_held_back(speed: float, rate: int) -> None:
    stretch, told = Stretcher(rate, speed), 0.0
    for heard in range(1, 500):
        told += len(stretch(bytes(2 * (rate // 1000)))) / 2 / (rate // 1000)
        assert heard - told * speed < 43


@at_any_speed
@pytest.mark.parametrize("rate", RATES)
@pytest.mark.parametrize("hertz", [70.0, 217.3, 1_003.7])
def test_a_sine_keeps_its_frequency(hertz: float, rate: int, speed: float) -> None:
    told = stretched(sine(hertz, rate), speed, rate)
    assert frequency(told, rate) == pytest.approx(hertz, rel=0.01, abs=0.5)


@at_any_speed
@pytest.mark.parametrize("hertz", [70.0, 217.3, 3_001.0])
def test_a_sine_stays_a_sine(hertz: float, speed: float) -> None:
    """Neither does it click, nor does its level change, not even where it ends all at once."""
    told = stretched(sine(hertz, 24_000), speed)
    steepest = 20_000 * 2 * np.pi * hertz / 24_000
    assert np.abs(np.diff(told)).max() < 1.2 * steepest + 1
    inner = told[1_000:-1_000]
    assert np.sqrt(np.mean(inner**2)) == pytest.approx(20_000 / np.sqrt(2), rel=0.03)


@at_any_speed
def test_segments_are_placed_to_the_sample(speed: float) -> None:
    """What is no part of a sine lies 50 dB below it."""
    told = stretched(sine(217.3, 48_000), speed, 48_000)[1_000:-1_000]
    power = np.abs(np.fft.rfft(told * np.hanning(len(told)))) ** 2
    away = np.abs(np.fft.rfftfreq(len(told), 1 / 48_000) - 217.3) > 15
    assert 10 * np.log10(power[away].sum() / power.sum()) < -50


@at_any_speed
@pytest.mark.parametrize("name", CLIPS)
def test_speech_keeps_its_pitch_and_its_level(name: str, speed: float) -> None:
    clip = recordings.read(name)[: 5 * recordings.RATE].astype(np.float64)
    told = stretched(clip, speed)
    times = np.arange(0, len(clip) / recordings.RATE, 0.02)
    before = pitches(clip, recordings.RATE, times)
    after = pitches(told, recordings.RATE, times / speed)
    kept = np.abs(after / before - 1)
    assert np.nanmedian(kept) < 0.01
    assert np.mean(kept[~np.isnan(kept)] < 0.03) > 0.85
    assert 10 * np.log10(np.mean(told**2) / np.mean(clip**2)) == pytest.approx(0, abs=0.8)


@at_any_speed
def test_what_sounds_at_a_time_sounds_at_its_stretched_time(speed: float) -> None:
    """Bursts of a tone, 200 ms long: the middle of each to 10 ms at the speed of the input."""
    rate = 24_000
    sound = np.zeros(3 * rate)
    for second in (0.5, 1.5, 2.5):
        first = round((second - 0.1) * rate)
        sound[first : first + rate // 5] = sine(220, rate, 0.2)
    told = stretched(sound, speed) ** 2
    for place, part in enumerate(np.array_split(told, 3)):
        middle = (part @ np.arange(len(part))) / part.sum() / rate + place / speed
        assert middle * speed == pytest.approx(place + 0.5, abs=0.01)


@pytest.mark.parametrize("speed", [1.25, 1.5])
@pytest.mark.parametrize("begins", [0.3, 0.327, 0.341])
def test_loud_sound_does_not_come_before_its_time(begins: float, speed: float) -> None:
    """Segments are chosen by their shape: what is louder is not more alike."""
    time = np.arange(24_000) / 24_000
    told = stretched(sine(180, 24_000) * np.where(time < begins, 0.03, 1), speed)
    loud = int(np.argmax(np.abs(told) > 10_000)) / 24_000
    assert loud * speed > begins - 0.005


SQUARE = np.where(np.arange(5_000) % 77 < 30, 32_767, -32_768)
NOISE = np.random.default_rng(3).integers(-32_768, 32_768, 5_000)


@at_any_speed
@pytest.mark.parametrize(
    "sound",
    [np.zeros(5_000), np.full(5_000, -7), SQUARE, NOISE, NOISE / 1_000, SQUARE[:1], NOISE[:2]],
    ids=["silence", "DC", "square", "noise", "faint noise", "one sample", "two samples"],
)
def test_any_sound_stays_within_its_peaks(sound: Samples, speed: float) -> None:
    for rate in RATES:
        told = stretched(sound, speed, rate)
        assert len(told) == round(len(sound) / speed)
        assert np.rint(sound).min() <= told.min() <= told.max() <= np.rint(sound).max()


def test_half_a_sample_is_refused() -> None:
    for speed in (0.5, 1.0):
        with pytest.raises(ValueError, match="multiple"):
            Stretcher(24_000, speed)(b"\0\0\0")


texts = st.text("ab ", max_size=3)


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.integers(0, 4_000), texts), max_size=12),
    st.sampled_from([*SPEEDS, 1.0]),
)
def test_each_word_begins_with_its_sound(given: list[tuple[int, str]], speed: float) -> None:
    pace = Pacer(8_000, speed)
    spoken = [Speech(bytes(2 * count), text) for count, text in given]
    told = [paced for speech in spoken for paced in pace(speech)] + [*pace.flush()]
    assert "".join(each.text for each in told) == "".join(each.text for each in spoken)
    assert all(each.pcm for each in told[:-1])
    natural = marks(spoken)
    assert marks(told) == [(text, round(place / speed)) for text, place in natural]
    total = sum(count for count, _ in given)
    assert sum(len(each.pcm) for each in told) == 2 * round(total / speed)


def marks(spoken: list[Speech]) -> list[tuple[str, int]]:
    """Every character, with the sample at which it begins."""
    begun, found = 0, list[tuple[str, int]]()
    for each in spoken:
        found += [(character, begun) for character in each.text]
        begun += len(each.pcm) // 2
    return found


def test_long_sound_is_made_in_pieces() -> None:
    pace = Pacer(8_000, 0.25)
    told = [len(each.pcm) / 16_000 for each in pace(Speech(bytes(2 * 8_000 * 3), "long"))]
    assert len(told) == 12
    assert max(told) < 1.1
