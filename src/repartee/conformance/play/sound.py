"""What the judge says to a server: a recorded sentence, silence, noise, and their encodings."""

import base64
import io
import wave
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Literal

import numpy as np
from numpy.typing import NDArray

RATE = 24_000
TELEPHONE_RATE = 8_000

Samples = NDArray[np.int16]
Law = Literal["audio/pcmu", "audio/pcma"]

_FULL_SCALE = 32_767
_PIECE_MS = 100


@cache
def telephone_speech() -> Samples:
    """A sentence of some 1.8 s, mono, 8 kHz: LJ Speech LJ001-0002, in the public domain."""
    data = (files("repartee.conformance.play") / "data" / "speech.wav").read_bytes()
    with wave.open(io.BytesIO(data)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


@cache
def speech() -> Samples:
    """The same at 24 kHz, by its spectrum."""
    slow = telephone_speech()
    ratio = RATE // TELEPHONE_RATE
    spectrum = np.fft.rfft(slow.astype(np.float64))
    fast = np.fft.irfft(spectrum, len(slow) * ratio) * ratio
    return _quantised(fast)


def silence(ms: int, rate: int = RATE) -> Samples:
    """Nothing, for as long."""
    return np.zeros(ms * rate // 1000, np.int16)


def noise(ms: int, level: float) -> Samples:
    """White noise of that level (root mean square, full scale is 1), the same every time."""
    drawn = np.random.default_rng(1).standard_normal(ms * RATE // 1000)
    return _quantised(drawn * level * _FULL_SCALE)


def hum(ms: int) -> Samples:
    """A quiet tone: something to hold in a buffer that nobody takes for speech."""
    times = np.arange(ms * RATE // 1000) / RATE
    return _quantised(np.sin(2 * np.pi * 200 * times) * 200)


def mixed(one: Samples, other: Samples) -> Samples:
    """Both at once; they are equally long."""
    return _quantised(one.astype(np.float64) + other)


def encoded(samples: Samples) -> str:
    """PCM as an event carries it."""
    return base64.b64encode(samples.astype("<i2").tobytes()).decode()


def companded(samples: Samples, law: Law) -> str:
    """8 kHz samples as an event carries them in G.711 (ITU-T Recommendation G.711, tables 1, 2)."""
    coded = _mu_law(samples) if law == "audio/pcmu" else _a_law(samples)
    return base64.b64encode(coded.tobytes()).decode()


def pieces(samples: Samples) -> Iterator[Samples]:
    """100 ms at a time, as a microphone gives it."""
    size = RATE * _PIECE_MS // 1000
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def decoded(audio: str) -> Samples:
    """The samples of PCM in an event."""
    return np.frombuffer(base64.b64decode(audio, validate=True), "<i2")


def level(samples: Samples) -> float:
    """Root mean square, full scale is 1."""
    return float(np.sqrt(np.mean(np.square(samples / _FULL_SCALE)))) if len(samples) else 0.0


def _quantised(sound: NDArray[np.float64]) -> Samples:
    return np.clip(np.rint(sound), -_FULL_SCALE - 1, _FULL_SCALE).astype(np.int16)


def _mu_law(samples: Samples) -> NDArray[np.uint8]:
    biased = np.minimum(np.abs(samples.astype(np.int32)), 32_635) + 132
    segment = np.floor(np.log2(biased)).astype(np.int32) - 7
    step = (biased >> (segment + 3)) & 0x0F
    sign = np.where(samples < 0, 0x80, 0)
    coded: NDArray[np.uint8] = (~(sign | (segment << 4) | step) & 0xFF).astype(np.uint8)
    return coded


def _a_law(samples: Samples) -> NDArray[np.uint8]:
    wide = samples.astype(np.int32) >> 3  # 13 bits with the sign, as the recommendation counts
    size = np.where(wide < 0, ~wide, wide)
    segment = np.maximum(np.floor(np.log2(np.maximum(size, 1))).astype(np.int32) - 4, 0)
    step = (size >> np.maximum(segment, 1)) & 0x0F
    sign = np.where(wide >= 0, 0x80, 0)
    coded: NDArray[np.uint8] = ((sign | (segment << 4) | step) ^ 0x55).astype(np.uint8)
    return coded
