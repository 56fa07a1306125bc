"""What of a stretch of sound is worth decoding."""

import numpy as np
import pytest

from repartee.engines.whisper.silence import QUIETEST, audible


def pcm(*samples: int) -> bytes:
    return np.array(samples, "<i2").tobytes()


@pytest.mark.parametrize(
    ("samples", "kept"),
    [
        ((), 0),
        ((0, 0), 0),
        ((1 - QUIETEST, QUIETEST - 1), 0),
        ((0, QUIETEST), 2),
        ((5_000, 0, -QUIETEST, 3, 0), 3),
        ((-32_768, 0), 1),
    ],
)
def test_it_ends_with_the_last_sample_that_is_heard(samples: tuple[int, ...], kept: int) -> None:
    assert audible(pcm(*samples)) == pcm(*samples[:kept])
    assert audible(bytearray(pcm(*samples))) == pcm(*samples[:kept])


def test_half_a_sample_is_left_out() -> None:
    assert audible(pcm(500) + b"\x7f") == pcm(500)
    assert audible(b"\x7f") == b""
