"""Where speech ends in a recording, so that latency can be told from its last loud sample."""

import numpy as np

_WINDOW_MS = 10
_RANGE_DB = 30.0  # a window counts as loud within this of the loudest one
_FAINTEST_DB = -60.0  # of full scale; nothing below it is speech, however quiet the rest
_QUIET_SHARE = 10  # per cent of any recording that is taken to be nothing but its noise


def loud_ends_ms(pcm: bytes, rate: int) -> list[int]:
    """Where each loud 10 ms window of 16-bit mono PCM ends, in milliseconds from the start.

    Loud is what comes within 30 dB of the loudest window and, where noise fills that range, is
    nearer to it than to the noise, in dB.
    """
    width = rate * _WINDOW_MS // 1000
    samples = np.frombuffer(pcm, "<i2")
    windows = samples[: len(samples) // width * width].reshape(-1, width) / 32768
    if not len(windows):
        return []
    level = 10 * np.log10(np.square(windows).mean(axis=1) + 1e-12)
    loudest = level.max()
    halfway = (loudest + np.percentile(level, _QUIET_SHARE)) / 2
    loud = level >= max(loudest - _RANGE_DB, halfway, _FAINTEST_DB)
    return [int(end) for end in (np.flatnonzero(loud) + 1) * _WINDOW_MS]
