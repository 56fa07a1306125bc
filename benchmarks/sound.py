"""Sound for benchmarks: the recordings that the tests use, and faint noise."""

import sys
from pathlib import Path

import numpy as np

RATE = 24_000

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from microphone import speech_edges  # noqa: E402 - found by the same path
from recordings import Samples, clips, read  # noqa: E402 - the tests know where the recordings are

__all__ = ["RATE", "Samples", "clips", "faint_noise", "read", "speech", "speech_edges"]


def speech(seconds: float) -> bytes:
    """The loudest stretch of the first clip: 24 kHz mono s16."""
    samples = read(clips()[0].name, RATE)
    size = int(seconds * RATE)
    energy = np.cumsum(np.square(samples, dtype=np.float64))
    best = int(np.argmax(energy[size:] - energy[:-size]))
    return samples[best : best + size].astype("<i2").tobytes()


def faint_noise(seconds: float) -> bytes:
    """White noise at -70 dBFS."""
    noise = np.random.default_rng(0).normal(0, 10, int(seconds * RATE))
    return noise.astype("<i2").tobytes()
