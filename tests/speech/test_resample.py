"""Sample rates: nothing is moved in time, lost, added or folded back, however a stream is cut."""

from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from repartee.speech.resample import HISTORY, JUDGED_FRAME, Interpolator, Resampler, at_16k

RATES = (8_000, 16_000, 22_050, 24_000, 44_100, 48_000)
PAIRS = list(permutations(RATES, 2))
# Where something lies beyond the filter's slope, 0.9 to 1.1 of the lower Nyquist frequency.
DOWN = [(source, target) for source, target in PAIRS if source > 1.2 * target]
UP = [(source, target) for source, target in PAIRS if target > 1.2 * source]
AMPLITUDE = 20_000

Sound = NDArray[np.float64]


def resampled(sound: Sound, source: int, target: int, cuts: list[int] | None = None) -> Sound:
    """The whole sound through one Resampler, in pieces that end at these samples."""
    resample = Resampler(source, target)
    pcm = np.rint(sound).astype("<i2").tobytes()
    ends = [0, *sorted(2 * min(cut, len(sound)) for cut in cuts or []), len(pcm)]
    pieces = [resample(pcm[start:end]) for start, end in pairwise(ends)]
    return np.frombuffer(b"".join(pieces) + resample.flush(), "<i2").astype(np.float64)


def tone(hertz: float, rate: int, count: int) -> Sound:
    """A sine whose phase at a moment is the same at every rate."""
    return AMPLITUDE * np.sin(np.arange(count, dtype=np.float64) * (2 * np.pi * hertz / rate))


def decibels(sound: Sound) -> float:
    """The level, against the tones."""
    return float(20 * np.log10(np.sqrt(np.mean(sound**2)) / (AMPLITUDE / np.sqrt(2)) + 1e-12))


def inner(sound: Sound, rate: int) -> Sound:
    """Without the 10 ms at each end, where silence begins."""
    return sound[rate // 100 : -rate // 100]


@settings(max_examples=60)
@given(
    st.sampled_from([*PAIRS, (24_000, 24_000)]),
    st.integers(0, 3_000),
    st.lists(st.integers(0, 3_000), max_size=12),
    st.integers(0, 2**32 - 1),
)
def test_the_answer_does_not_depend_on_the_cuts(
    rates: tuple[int, int], count: int, cuts: list[int], seed: int
) -> None:
    source, target = rates
    noise = np.random.default_rng(seed).integers(-32_768, 32_768, count).astype(np.float64)
    whole = resampled(noise, source, target)
    np.testing.assert_array_equal(resampled(noise, source, target, cuts), whole)
    assert len(whole) == round(count * target / source)


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_sound_keeps_its_place_and_its_level(source: int, target: int) -> None:
    lower = min(source, target)
    for share in (0.01, 0.3, 0.6, 0.9):
        hertz = share * lower / 2
        told = resampled(tone(hertz, source, source // 4), source, target)
        expected = tone(hertz, target, len(told))
        # What is left holds every fault: gain, delay, images and rounding.
        assert decibels(inner(told - expected, target)) < -55


@pytest.mark.parametrize(("source", "target"), DOWN)
def test_what_the_lower_rate_cannot_hold_is_60_db_down(source: int, target: int) -> None:
    for hertz in np.linspace(1.1 * target / 2, 0.999 * source / 2, 9):
        told = resampled(tone(float(hertz), source, source // 4), source, target)
        assert decibels(inner(told, target)) < -60


@pytest.mark.parametrize(("source", "target"), UP)
def test_images_above_the_lower_rate_are_60_db_down(source: int, target: int) -> None:
    noise = np.random.default_rng(3).normal(0, 6_000, 2 * source)
    spectrum = np.fft.rfft(noise)
    spectrum[int(0.9 * len(spectrum)) :] = 0  # an image of 0.9 of Nyquist lies at 1.1 of it
    told = inner(resampled(np.fft.irfft(spectrum), source, target), target)
    power = np.abs(np.fft.rfft(told * np.hanning(len(told)))) ** 2
    edge = int(1.1 * source / target * len(power))
    assert 10 * np.log10(power[edge:].sum() / power[:edge].sum()) < -60


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_little_is_held_back(source: int, target: int) -> None:
    resample, count = Resampler(source, target), source // 10
    told = len(resample(bytes(2 * count))) // 2
    latency = count / source - told / target
    assert latency <= 20 / min(source, target) + 1 / target + 1 / source


@pytest.mark.parametrize(("source", "target"), PAIRS)
def test_a_constant_stays_what_it_is(source: int, target: int) -> None:
    told = resampled(np.full(source // 4, -12_345.0), source, target)
    assert set(inner(told, target)) == {-12_345}


def test_loud_sound_is_clipped_and_does_not_wrap() -> None:
    square = np.where(np.arange(4_000) % 100 < 50, 32_767.0, -32_768.0)
    told = resampled(square, 16_000, 24_000)
    assert {told.min(), told.max()} == {-32_768, 32_767}
    assert (np.abs(np.diff(told)) > 40_000).sum() <= 80  # the square's own 79 edges


def test_ten_minutes_do_not_drift() -> None:
    for source, target in ((22_050, 24_000), (24_000, 16_000)):
        resample, hertz, chunk = Resampler(source, target), 997.0, 10 * source
        told = 0
        for start in range(0, 600 * source, chunk):
            time = np.arange(start, start + chunk) * (hertz / source)
            pcm = np.rint(AMPLITUDE * np.sin(2 * np.pi * (time % 1))).astype("<i2")
            last = resample(pcm.tobytes())
            told += len(last) // 2
        end = np.frombuffer(last, "<i2")[-target:].astype(np.float64)
        time = np.arange(told - len(end), told) * (hertz / target)
        assert decibels(end - AMPLITUDE * np.sin(2 * np.pi * (time % 1))) < -60
        assert told + len(resample.flush()) // 2 == 600 * target


def test_after_a_flush_it_is_as_new() -> None:
    noise = np.random.default_rng(5).integers(-9_000, 9_000, 4_321).astype("<i2").tobytes()
    resample = Resampler(22_050, 24_000)
    first = resample(noise) + resample.flush()
    assert resample.flush() == b""
    assert resample(noise[:1_000]) + resample(noise[1_000:]) + resample.flush() == first


def test_equal_rates_leave_the_sound_alone() -> None:
    noise = np.random.default_rng(6).integers(-32_768, 32_768, 999).astype("<i2").tobytes()
    resample = Resampler(24_000, 24_000)
    assert resample(noise) == noise
    assert resample(b"") == resample.flush() == b""


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="multiple"):
        Resampler(24_000, 16_000)(b"\0\0\0")


def test_rates_without_a_small_ratio_are_refused() -> None:
    assert len(Resampler(32_000, 24_000)(bytes(6_400))) > 4_700
    with pytest.raises(ValueError, match="24001 and 16000 Hz"):
        Resampler(24_001, 16_000)


def interpolated(sound: Sound) -> Sound:
    """Telephone sound at 24 kHz."""
    told = Interpolator()(np.rint(sound).astype(np.int16))
    return np.frombuffer(told, "<i2").astype(np.float64)


@settings(max_examples=40)
@given(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 2**32 - 1))
def test_telephone_sound_is_three_samples_for_each_at_once(cuts: list[int], seed: int) -> None:
    noise = np.random.default_rng(seed).integers(-32_768, 32_768, sum(cuts)).astype(np.int16)
    interpolate, told, start = Interpolator(), list[bytes](), 0
    for count in cuts:
        told.append(interpolate(noise[start : start + count]))
        assert len(told[-1]) == 6 * count
        start += count
    assert b"".join(told) == Interpolator()(noise)


def test_telephone_sound_keeps_its_level_and_is_late_by_its_filter() -> None:
    for hertz in (100.0, 300.0, 1_000.0, 2_000.0, 3_000.0, 3_400.0):
        told = interpolated(tone(hertz, 8_000, 2_000))
        late = np.arange(len(told)) / 24_000 - 0.00125
        expected = AMPLITUDE * np.sin(2 * np.pi * hertz * late)
        assert decibels(inner(told - expected, 24_000)) < -45
        assert decibels(inner(told, 24_000)) == pytest.approx(0, abs=0.05)


def test_telephone_sound_has_no_images() -> None:
    noise = np.random.default_rng(4).normal(0, 6_000, 16_000)
    spectrum = np.fft.rfft(noise)
    spectrum[int(len(spectrum) * 3_400 / 4_000) :] = 0
    told = inner(interpolated(np.fft.irfft(spectrum)), 24_000)
    power = np.abs(np.fft.rfft(told * np.hanning(len(told)))) ** 2
    edge = int(len(power) * 4_600 / 12_000)
    assert 10 * np.log10(power[edge:].sum() / power[:edge].sum()) < -48


def frames(sound: Sound) -> NDArray[np.int16]:
    """[frames, 768]: one session's sound at 24 kHz."""
    return np.rint(sound).astype(np.int16).reshape(-1, JUDGED_FRAME)


def for_the_vad(sound: Sound) -> Sound:
    """One session's sound at 16 kHz, frame after frame, in the PCM's own scale."""
    history = np.zeros((1, HISTORY), np.float32)
    told = []
    for frame in frames(sound):
        judged, history = at_16k(frame[np.newaxis], history)
        told.append(judged[0])
    return np.concatenate(told).astype(np.float64) * 32_768


def test_the_vad_hears_the_sound_half_a_millisecond_late() -> None:
    for hertz in (50.0, 1_000.0, 4_000.0, 6_000.0):
        told = for_the_vad(tone(hertz, 24_000, 20 * JUDGED_FRAME))
        late = 0.0005
        expected = AMPLITUDE * np.sin(2 * np.pi * hertz * (np.arange(len(told)) / 16_000 - late))
        assert decibels(inner(told - expected, 16_000)) < -30
        assert decibels(inner(told, 16_000)) == pytest.approx(0, abs=0.5)


def test_the_vad_does_not_hear_what_16_khz_cannot_hold() -> None:
    for hertz in np.linspace(9_900, 11_900, 7):
        told = for_the_vad(tone(float(hertz), 24_000, 20 * JUDGED_FRAME))
        assert decibels(inner(told, 16_000)) < -50


def test_sessions_do_not_hear_each_other() -> None:
    sounds = np.random.default_rng(8).integers(-32_768, 32_768, (5, 12, JUDGED_FRAME))
    history = np.zeros((5, HISTORY), np.float32)
    told = []
    for turn in range(12):
        judged, history = at_16k(sounds[:, turn].astype(np.int16), history)
        assert judged.shape == (5, 512)
        assert judged.dtype == history.dtype == np.float32
        told.append(judged)
    together = np.concatenate(told, axis=1) * 32_768
    for session in range(5):
        alone = for_the_vad(sounds[session].ravel().astype(np.float64))
        np.testing.assert_allclose(together[session], alone, rtol=0, atol=0.05)
