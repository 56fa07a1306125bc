"""Sound as Whisper's encoder sees it: a logarithmic mel spectrogram.

After A. Radford et al., "Robust Speech Recognition via Large-Scale Weak Supervision" (2022),
section 2.2: 80 mel channels of 25 ms windows every 10 ms; the mel scale and its area-normalised
triangles are those of M. Slaney, "Auditory Toolbox" (1998).
"""

import numpy as np
from numpy.typing import NDArray

Samples = NDArray[np.float32]

RATE = 16_000
SECONDS = 8
SAMPLES = SECONDS * RATE
CHANNELS = 80
STEP = 160
STEPS = SAMPLES // STEP
WINDOW = 400

_RANGE = 8.0  # powers of ten below the loudest point, where the picture ends
_FAINTEST = 1e-10
_NO_VARIANCE = 1e-7  # what silence is divided by


def log_mel(pcm: bytes) -> Samples:
    """The last 8 s of `pcm` (mono s16 at 16 kHz) as float32 [80, 800], the end at the right.

    What is missing in front is silence; the whole has mean 0 and variance 1 first.
    """
    heard = np.frombuffer(pcm[-2 * SAMPLES :], "<i2")
    sound = np.zeros(SAMPLES, np.float32)
    sound[SAMPLES - len(heard) :] = heard / np.float32(32_768)
    sound = (sound - sound.mean()) / np.sqrt(sound.var() + np.float32(_NO_VARIANCE))
    powers = np.maximum(_TRIANGLES @ _spectra(sound).T, _FAINTEST)
    picture = np.log10(powers)
    picture = (np.maximum(picture, picture.max() - _RANGE) + 4) / 4
    return np.asarray(picture, np.float32)


def _spectra(sound: Samples) -> NDArray[np.float64]:
    """Powers of the frequencies from 0 to 8 kHz, each window centred on its step: [800, 201]."""
    padded = np.pad(sound.astype(np.float64), WINDOW // 2, mode="reflect")
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP][:STEPS]
    spectra = np.fft.rfft(windows * _HANN)
    powers: NDArray[np.float64] = spectra.real**2 + spectra.imag**2
    return powers


def _triangles() -> NDArray[np.float64]:
    """The weight of each frequency in each channel: [80, 201]."""
    frequencies = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    corners = _hertz(np.linspace(0, _mel(RATE / 2), CHANNELS + 2))
    low, centre, high = corners[:-2, None], corners[1:-1, None], corners[2:, None]
    rising = (frequencies - low) / (centre - low)
    falling = (high - frequencies) / (high - centre)
    triangles: NDArray[np.float64] = np.maximum(0, np.minimum(rising, falling))
    return triangles * 2 / (high - low)  # each has the same area


# Slaney's scale: even up to 1 kHz at 200/3 Hz a mel, then 27 mels for every factor of 6.4.
_EVEN = 200 / 3
_BEND = 1000 / _EVEN
_GROWTH = np.log(6.4) / 27


def _mel(hertz: float) -> float:
    """`hertz` above 1000, in mel."""
    return float(_BEND + np.log(hertz / 1000) / _GROWTH)


def _hertz(mel: NDArray[np.float64]) -> NDArray[np.float64]:
    above = 1000 * np.exp(_GROWTH * (np.maximum(mel, _BEND) - _BEND))
    return np.where(mel < _BEND, mel * _EVEN, above)


_TRIANGLES = _triangles()
_HANN = 0.5 - 0.5 * np.cos(np.arange(WINDOW) * (2 * np.pi / WINDOW))  # periodic
