"""What every voice activity detector must do."""

import numpy as np

from repartee.conformance.engines.checks import require
from repartee.engines.protocols import Frames, Vad

FRAME = 512  # samples: 32 ms at 16 kHz


def frames(count: int) -> Frames:
    """Noise from silence to full scale, the same every time."""
    noise = np.random.default_rng(7).uniform(-1, 1, (count, FRAME))
    return (noise * np.linspace(0, 1, count)[:, np.newaxis]).astype(np.float32)


def fresh(engine: Vad, count: int) -> Frames:
    """States of streams that have just begun."""
    return np.zeros((count, engine.state_size), np.float32)


async def judges_a_batch(engine: Vad) -> None:
    """A probability for each frame and a state for each stream, whatever their number."""
    for count in (0, 1, 3, 64):
        probabilities, states = engine(frames(count), fresh(engine, count))
        require(probabilities.shape == (count,), f"{count} frames gave {probabilities.shape}")
        require(states.shape == (count, engine.state_size), f"its states became {states.shape}")
        require(
            probabilities.dtype == np.float32 and states.dtype == np.float32,
            f"it gave {probabilities.dtype} and {states.dtype} instead of float32",
        )


async def gives_probabilities(engine: Vad) -> None:
    """Probabilities are from 0 to 1, also for the loudest sound there can be."""
    loudest = np.ones((2, FRAME), np.float32)
    loudest[1, ::2] = -1
    for batch in (frames(16), loudest):
        probabilities, states = engine(batch, fresh(engine, len(batch)))
        inside = (probabilities >= 0) & (probabilities <= 1)  # false for what is no number
        require(bool(inside.all()), f"it gave {probabilities}")
        require(bool(np.isfinite(states).all()), "its states hold what is no number")


async def takes_silence_for_silence(engine: Vad) -> None:
    """A second of silence is no speech."""
    states = fresh(engine, 1)
    for _ in range(32):
        probabilities, states = engine(np.zeros((1, FRAME), np.float32), states)
    require(probabilities[0] < 0.5, f"silence is speech with probability {probabilities[0]:.2f}")


async def keeps_streams_apart(engine: Vad) -> None:
    """A stream is judged the same alone as in company, whatever its place."""
    batch = frames(8)
    together, states = engine(batch, fresh(engine, 8))
    together, _ = engine(batch[::-1].copy(), states)
    for place in range(8):
        _, state = engine(batch[place : place + 1], fresh(engine, 1))
        alone, _ = engine(batch[7 - place : 8 - place], state)
        close = bool(np.allclose(alone[0], together[place], atol=1e-3))
        require(close, f"alone a frame got {alone[0]:.4f}, in company {together[place]:.4f}")


async def leaves_its_arguments(engine: Vad) -> None:
    """Frames and states it is given stay as they are."""
    batch, states = frames(4), fresh(engine, 4) + np.float32(0.25)
    given = batch.copy(), states.copy()
    engine(batch, states)
    kept = np.array_equal(batch, given[0]) and np.array_equal(states, given[1])
    require(kept, "it wrote into what it was given")


CHECKS = (
    judges_a_batch,
    gives_probabilities,
    takes_silence_for_silence,
    keeps_streams_apart,
    leaves_its_arguments,
)
