"""Noise reduction: what goes on all the time is taken from a client's sound, speech is left.

A frame of sound every 10 ms is taken apart into frequencies; each is turned down where noise makes
up most of it, and the frames are put together again.  How strong the noise is, is learnt while
nobody speaks: at the frequencies where the sound is near its lowest of the last second or two.

- Noise: I. Cohen and B. Berdugo, "Noise Estimation by Minima Controlled Recursive Averaging for
  Robust Speech Enhancement", IEEE Signal Processing Letters 9 (1), 2002.  Here it is further held
  below what counts as speech, so that it falls as soon as the sound does.
- Share of speech: Y. Ephraim and D. Malah, "Speech Enhancement Using a Minimum Mean-Square Error
  Short-Time Spectral Amplitude Estimator", IEEE Transactions on ASSP 32 (6), 1984, equation 51
  (the "decision-directed" a priori signal-to-noise ratio).
- Gain: J. S. Lim and A. V. Oppenheim, "Enhancement and Bandwidth Compression of Noisy Speech",
  Proceedings of the IEEE 67 (12), 1979: Wiener's filter, of a signal-to-noise ratio.

The constants are near the papers', and were chosen by what is left of recorded speech in noise.
"""

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from repartee.protocol.audio import NoiseFilter

HOP = 240  # samples of 24 kHz, 10 ms
FRAME = 2 * HOP
BINS = FRAME // 2 + 1
# Used before the transform and after it: the squares of overlapping windows add up to one.
WINDOW = np.sqrt(np.hanning(FRAME + 1)[:-1])

FLOOR_DB = {"near_field": -12.0, "far_field": -20.0}  # what is left of noise

# What a smoothed value keeps of itself in a frame.
POWER_KEPT = 0.8
PRESENCE_KEPT = 0.2
NOISE_KEPT = 0.97
CLEAN_KEPT = 0.975  # what 0.98 is to frames 8 ms apart

MINIMUM_FRAMES = 125  # the lowest power is that of the last one to two times so many
SPEECH_RATIO = 4.0  # so much above its lowest, power is speech
TRUSTED_FRAMES = 100  # after them what is known of the noise is fully used
LEAST_POWER = 1.0  # added to each bin, so that nothing is divided by silence

Spectrum = NDArray[np.float64]


class NoiseReduction:
    """Filters one stream of 24 kHz mono s16 PCM.

    It gives as much as it takes, at once; to that end the sound is 20 ms late, less a sample.  The
    answer does not depend on how the stream is cut.
    """

    def __init__(self, wanted: NoiseFilter) -> None:
        self._strength = wanted.strength
        self._gain = _Gain(10 ** (FLOOR_DB[wanted.kind] / 20))
        self._heard = np.zeros(HOP)  # from the beginning of the next frame on
        self._overlap = np.zeros(HOP)  # the last frame's second half
        self._filtered = np.zeros(HOP - 1)  # what is not given yet

    def __call__(self, pcm: bytes) -> bytes:
        """The next stretch, of any length."""
        samples = np.frombuffer(pcm, "<i2")
        self._heard = np.concatenate([self._heard, samples])
        if len(self._heard) >= FRAME:
            self._filtered = np.concatenate([self._filtered, self._filter()])
        given, self._filtered = np.split(self._filtered, [len(samples)])
        return np.rint(given).clip(-32_768, 32_767).astype("<i2").tobytes()

    def _filter(self) -> NDArray[np.float64]:
        """A hop of sound for each frame that is complete."""
        frames = sliding_window_view(self._heard, FRAME)[::HOP]
        spectra = np.fft.rfft(frames * WINDOW)
        powers = spectra.real**2 + spectra.imag**2 + LEAST_POWER
        gains = np.array([*map(self._gain, powers, _spread(powers))])
        halves = (np.fft.irfft(spectra * gains**self._strength) * WINDOW).reshape(-1, 2, HOP)
        before = np.concatenate([self._overlap[np.newaxis], halves[:-1, 1]])
        self._overlap = halves[-1, 1]
        self._heard = self._heard[HOP * len(frames) :]
        sound: NDArray[np.float64] = halves[:, 0] + before
        return sound.ravel()


class _Gain:
    """How much of each frequency passes, frame after frame."""

    def __init__(self, floor: float) -> None:
        self._floor = floor
        self._trust = 0.0  # grows to 1: who speaks at once must not pass for noise
        self._noise: _Noise | None = None
        self._clean = np.zeros(BINS)  # the last frame's power without its noise

    def __call__(self, power: Spectrum, spread: Spectrum) -> Spectrum:
        if self._noise is None:
            self._noise = _Noise(spread)
        noise = self._noise(power, spread)
        fresh = np.maximum(power - noise, 0)
        clean = CLEAN_KEPT * self._clean + (1 - CLEAN_KEPT) * fresh
        self._trust = min(self._trust + 1 / TRUSTED_FRAMES, 1.0)
        gain: Spectrum = np.maximum(clean / (clean + noise), self._floor**self._trust)
        self._clean = gain * gain * power
        return gain


class _Noise:
    """The power of the noise at each frequency, frame after frame."""

    def __init__(self, spread: Spectrum) -> None:
        self._power = np.full(BINS, LEAST_POWER)
        self._smooth = self._lowest = self._next_lowest = spread
        self._presence = np.zeros(BINS)  # of speech, as a probability
        self._frames = 0

    def __call__(self, power: Spectrum, spread: Spectrum) -> Spectrum:
        """Take the next frame's power, as it is and spread over neighbouring frequencies."""
        self._smooth = smooth = POWER_KEPT * self._smooth + (1 - POWER_KEPT) * spread
        self._lowest = np.minimum(self._lowest, smooth)
        self._next_lowest = np.minimum(self._next_lowest, smooth)
        self._frames += 1
        if self._frames % MINIMUM_FRAMES == 0:
            self._lowest, self._next_lowest = self._next_lowest, smooth
        limit = SPEECH_RATIO * self._lowest
        speech = smooth > limit
        self._presence = PRESENCE_KEPT * self._presence + (1 - PRESENCE_KEPT) * speech
        learn = (1 - NOISE_KEPT) * (1 - self._presence)
        learnt = self._power + learn * (power - self._power)
        self._power = np.minimum(learnt, limit)
        return self._power


def _spread(powers: Spectrum) -> Spectrum:
    """Each bin's mean with its neighbours: weights ¼, ½, ¼."""
    spread = 0.5 * powers
    spread[:, 1:] += 0.25 * powers[:, :-1]
    spread[:, :-1] += 0.25 * powers[:, 1:]
    return spread
