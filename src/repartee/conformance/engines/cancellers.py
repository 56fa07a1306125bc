"""What every echo canceller must do; one that leaves all sound as it is keeps every rule."""

import numpy as np
from numpy.typing import NDArray

from repartee.conformance.engines.checks import require
from repartee.engines.protocols import EchoCanceller, EchoStream

FRAME = 240  # samples: 10 ms at 24 kHz
SECOND = 100  # frames

Sound = NDArray[np.int16]


def noise(seed: int, frames: int = 4 * SECOND) -> Sound:
    """As loud as speech, the same every time."""
    return np.random.default_rng(seed).normal(0, 2_000, frames * FRAME).astype("<i2")


def silence(frames: int = 4 * SECOND) -> Sound:
    return np.zeros(frames * FRAME, "<i2")


def cancelled(stream: EchoStream, near: Sound, far: Sound) -> Sound:
    """All of `near`, frame by frame."""
    pieces = []
    for start in range(0, len(near), FRAME):
        part = slice(start, start + FRAME)
        piece = stream.cancel(near[part].tobytes(), far[part].tobytes())
        require(len(piece) == 2 * FRAME, f"of 480 bytes it left {len(piece)}")
        pieces.append(piece)
    return np.frombuffer(b"".join(pieces), "<i2")


def loudness(sound: Sound) -> float:
    """Of its last second, dB."""
    return float(10 * np.log10(np.mean(np.square(sound[-SECOND * FRAME :], dtype=float)) + 1))


async def gives_as_much_as_it_takes(engine: EchoCanceller) -> None:
    """Of each 10 ms of sound 10 ms are left."""
    if (stream := engine.stream()) is not None:
        cancelled(stream, noise(1, SECOND), noise(2, SECOND))


async def leaves_what_is_no_echo(engine: EchoCanceller) -> None:
    """While nothing is played, the sound stays about as loud as it is."""
    if (stream := engine.stream()) is not None:
        near = noise(1)
        change = loudness(cancelled(stream, near, silence())) - loudness(near)
        require(abs(change) < 3, f"without any echo the sound changed by {change:.1f} dB")


async def cancels_a_plain_echo(engine: EchoCanceller) -> None:
    """After three seconds an echo that comes 100 ms late is fainter by 10 dB or more."""
    if (stream := engine.stream()) is not None:
        far = noise(1)
        near = np.concatenate([silence(10), far[: -10 * FRAME] // 3])
        change = loudness(cancelled(stream, near, far)) - loudness(near)
        require(change < -10, f"the echo changed by {change:.1f} dB")


async def keeps_streams_apart(engine: EchoCanceller) -> None:
    """A stream sounds the same alone as in company."""
    alone, first, second = (engine.stream() for _ in range(3))
    if alone is None or first is None or second is None:
        return
    near, far, other = noise(1, SECOND), noise(2, SECOND), noise(3, SECOND)
    expected = cancelled(alone, near, far)
    for start in range(0, len(near), FRAME):
        part = slice(start, start + FRAME)
        got = cancelled(first, near[part], far[part])
        cancelled(second, other[part], other[part])
        require(bool(np.array_equal(got, expected[part])), "one stream changed the other")


CHECKS = (
    gives_as_much_as_it_takes,
    leaves_what_is_no_echo,
    cancels_a_plain_echo,
    keeps_streams_apart,
)
