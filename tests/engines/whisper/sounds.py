"""Sound for models that were never trained: what matters is that it is none but itself."""

import numpy as np

RATE = 16_000


def sound(seconds: float, pitch_hz: float = 150.0) -> bytes:
    """A buzz that swells and fades, mono s16 at 16 kHz."""
    times = np.arange(round(RATE * seconds)) / RATE
    tones = sum(np.sin(2 * np.pi * pitch_hz * each * times) / each for each in range(1, 12))
    pcm: bytes = (tones * np.sin(3 * times) ** 2 * 8_000).astype("<i2").tobytes()
    return pcm
