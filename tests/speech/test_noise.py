"""Noise reduction: less noise, the same speech, and not a sample more or fewer."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

import recordings
from repartee.protocol.audio import NoiseFilter
from repartee.speech.noise import NoiseReduction

Sound = NDArray[np.float64]

RATE = recordings.RATE
LATE = 479  # samples: 20 ms
CLIPS = ("jfk", "lj_LJ001-0002", "ls_other_367-130732-0001")
NEAR, FAR = NoiseFilter("near_field"), NoiseFilter("far_field")


def reduced(sound: Sound, wanted: NoiseFilter = NEAR) -> Sound:
    """The whole sound through one filter, in 20 ms pieces, as clients send it."""
    pcm = np.rint(sound).clip(-32_768, 32_767).astype("<i2").tobytes()
    reduce = NoiseReduction(wanted)
    pieces = [reduce(pcm[start : start + 960]) for start in range(0, len(pcm), 960)]
    return np.frombuffer(b"".join(pieces), "<i2").astype(np.float64)


def pink(count: int, level: float = 1.0) -> Sound:
    """Noise with as much power in each octave as in any other, from 60 Hz on."""
    spectrum = np.fft.rfft(np.random.default_rng(1).standard_normal(count))
    hertz = np.fft.rfftfreq(count, 1 / RATE)
    noise = np.fft.irfft(spectrum * np.where(hertz < 60, 0, 1 / np.sqrt(np.maximum(hertz, 60))))
    return noise * (level / float(noise.std()))


def speech(name: str = "jfk", silence: float = 1.0) -> Sound:
    """The clip, an even number of samples, after so many seconds of silence."""
    clip = recordings.read(name).astype(np.float64)
    return np.concatenate([np.zeros(round(silence * RATE)), clip[: len(clip) // 2 * 2]])


def in_noise(clean: Sound, decibels: float) -> Sound:
    """The speech with noise so far below it."""
    return clean + pink(len(clean), clean.std() / 10 ** (decibels / 20))


def fidelity(told: Sound, clean: Sound) -> float:
    """How far what is no part of the clean sound lies below it, dB.

    J. Le Roux et al., "SDR - half-baked or well done?", ICASSP 2019: the scale-invariant ratio.
    """
    same = clean * (told @ clean) / (clean @ clean)
    return float(10 * np.log10(np.sum(same**2) / np.sum((told - same) ** 2)))


def level(sound: Sound) -> float:
    return float(10 * np.log10(np.mean(sound**2)))


@settings(max_examples=30)
@given(st.lists(st.integers(0, 1_500), max_size=8), st.integers(0, 2**32 - 1))
def test_as_much_is_given_as_was_taken_and_cuts_change_nothing(cuts: list[int], seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-32_768, 32_768, sum(cuts)).astype("<i2").tobytes()
    reduce, told, start = NoiseReduction(NEAR), list[bytes](), 0
    for count in cuts:
        told.append(reduce(noise[start : start + 2 * count]))
        assert len(told[-1]) == 2 * count
        start += 2 * count
    assert b"".join(told) == NoiseReduction(NEAR)(noise)


def test_without_strength_the_sound_is_only_late() -> None:
    clean = speech()
    told = reduced(clean, NoiseFilter("far_field", 0.0))
    np.testing.assert_array_equal(told[LATE:], clean[:-LATE])
    assert not told[:LATE].any()


@pytest.mark.parametrize(("wanted", "least", "most"), [(NEAR, 8.5, 12), (FAR, 10.5, 20)])
@pytest.mark.parametrize("strength", [1.0, 0.5])
def test_noise_alone_is_turned_down(
    wanted: NoiseFilter, least: float, most: float, strength: float
) -> None:
    noise = pink(4 * RATE, 300)
    told = reduced(noise, NoiseFilter(wanted.kind, strength))
    taken = level(noise[-2 * RATE :]) - level(told[-2 * RATE :])
    assert least * strength < taken < most * strength


@pytest.mark.parametrize("wanted", [NEAR, FAR], ids=lambda wanted: wanted.kind)
@pytest.mark.parametrize("decibels", [0.0, 5.0, 10.0])
def test_speech_stands_out_of_noise(decibels: float, wanted: NoiseFilter) -> None:
    """People's by 3 to 4 dB; a synthesiser's buzz is more like noise."""
    gained = []
    for name in CLIPS:
        clean = speech(name)
        noisy = in_noise(clean, decibels)
        told = reduced(noisy, wanted)
        gained.append(fidelity(told[LATE:], clean[:-LATE]) - fidelity(noisy, clean))
    assert np.mean(gained) > (2.5 if recordings.recorded() else 0.8)


@pytest.mark.parametrize("wanted", [NEAR, FAR], ids=lambda wanted: wanted.kind)
def test_clean_speech_stays_what_it_is(wanted: NoiseFilter) -> None:
    for name in CLIPS:
        clean = speech(name)
        told = reduced(clean, wanted)
        assert fidelity(told[LATE:], clean[:-LATE]) > 20
        assert level(told) == pytest.approx(level(clean), abs=0.3)


def test_who_speaks_at_once_is_heard() -> None:
    """Nothing is known of the noise yet, and speech must not pass for it."""
    clean = speech(silence=0)[RATE:]
    told = reduced(clean, FAR)
    first = slice(0, RATE)
    assert level(told[LATE:][first]) > level(clean[first]) - 3


def test_a_vowel_at_once_is_heard() -> None:
    """A steady sound is like noise, until there was time to learn what noise there is."""
    time = np.arange(round(0.4 * RATE)) / RATE
    harmonics = np.arange(1, 20)[:, np.newaxis]
    vowel = (np.sin(2 * np.pi * 150 * harmonics * time) * (2_000 / harmonics)).sum(axis=0)
    told = reduced(vowel, FAR)
    assert level(told[LATE:]) > level(vowel[:-LATE]) - 5


def test_noise_that_ends_is_forgotten_at_once() -> None:
    """Quiet speech right after it does not pass for it."""
    clean = speech(silence=0) / 10
    told = reduced(np.concatenate([pink(3 * RATE, 3_000), clean]), FAR)
    assert level(told[3 * RATE + LATE :][: RATE // 2]) > level(clean[: RATE // 2]) - 7


def test_silence_is_no_noise() -> None:
    """Digital silence before speech says nothing about the microphone."""
    clean = speech(silence=3)
    told = reduced(clean, FAR)
    assert not told[: 3 * RATE].any()
    assert fidelity(told[LATE:], clean[:-LATE]) > 20


def test_noise_that_begins_later_is_learnt() -> None:
    noise = np.concatenate([pink(2 * RATE, 30), pink(6 * RATE, 600)])
    told = reduced(noise, NEAR)
    assert level(told[-RATE:]) < level(noise[-RATE:]) - 9


def test_loud_sound_is_clipped_and_does_not_wrap() -> None:
    square = np.where(np.arange(RATE) % 100 < 50, 32_767.0, -32_768.0)
    told = reduced(square)
    assert np.sign(told[LATE + 480 :]) @ np.sign(square[480:-LATE]) > 0.9 * len(told[LATE + 480 :])


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        NoiseReduction(NEAR)(b"\0\0\0")
