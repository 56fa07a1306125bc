"""Silence at the end of sound: the model puts its own there, so it need not be decoded."""

import numpy as np

QUIETEST = 33  # of 32 768, which is -60 dB: what stays below is no speech


def audible(sound: bytes | bytearray) -> bytes:
    """`sound`, mono s16, up to its last sample that can be heard; half a sample is left out."""
    samples = np.frombuffer(sound, "<i2", len(sound) // 2).astype(np.int32)
    (heard,) = np.nonzero(np.abs(samples) >= QUIETEST)
    return bytes(sound[: 2 * (int(heard[-1]) + 1)]) if len(heard) else b""
