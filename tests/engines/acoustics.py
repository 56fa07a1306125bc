"""What a voice sounds like, in numbers."""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float64]

LOWEST_HZ, HIGHEST_HZ = 60, 450


def samples(pcm: bytes) -> Samples:
    return np.frombuffer(pcm, "<i2").astype(np.float64)


def mean_pitch(sound: Samples, rate: int) -> float:
    """The mean fundamental frequency of the voiced parts, in Hz."""
    return float(np.nanmean(pitches(sound, rate, np.arange(0.0225, len(sound) / rate, 0.01))))


def pitches(sound: Samples, rate: int, times: Samples) -> Samples:
    """The fundamental frequency at each time (s) in Hz, by autocorrelation; NaN without a voice.

    Boersma, Accurate short-term analysis of the fundamental frequency (1993): the autocorrelation
    of each windowed frame is divided by that of the window.  Of peaks nearly as high as the highest
    the first counts, for the later ones are its multiples.
    """
    size = round(0.045 * rate)
    shortest, longest = rate // HIGHEST_HZ, rate // LOWEST_HZ
    window = np.hanning(size)
    norm = _autocorrelation(window)
    loud = np.sqrt(np.mean(sound**2)) / 2
    found = np.full(len(times), np.nan)
    for place, time in enumerate(times):
        start = round(time * rate) - size // 2
        part = sound[max(0, start) : start + size]
        if len(part) < size or np.sqrt(np.mean(part**2)) < loud:
            continue
        similar = (_autocorrelation((part - part.mean()) * window) / norm)[: longest + 2]
        inner = similar[shortest : longest + 1]
        peaks = (inner > similar[shortest - 1 : longest]) & (inner >= similar[shortest + 1 :])
        high = np.flatnonzero(peaks & (inner > max(0.5, 0.85 * inner.max())))
        if len(high):
            found[place] = rate / (shortest + high[0])
    return found


def _autocorrelation(sound: Samples) -> Samples:
    power = np.abs(np.fft.rfft(sound, 2 * len(sound))) ** 2
    found = np.fft.irfft(power)[: len(sound)]
    similar: Samples = found / found[0]
    return similar


def centroid(sound: Samples, rate: int) -> float:
    """The centre of gravity of the spectrum, in Hz."""
    spectrum = np.abs(np.fft.rfft(sound))
    return float(spectrum @ np.fft.rfftfreq(len(sound), 1 / rate) / spectrum.sum())
