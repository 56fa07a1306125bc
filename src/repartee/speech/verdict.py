"""Whether a speaker who has paused is done: what was said lately, on its way to who can tell."""

import asyncio
from collections.abc import Awaitable, Callable

from repartee.engines.protocols import TurnDetector
from repartee.protocol.audio import BYTES_PER_MS, RATE
from repartee.session.commands import Judge
from repartee.session.inputs import Judged
from repartee.speech.resample import Resampler

STRETCH = 1000 * BYTES_PER_MS  # what is resampled in one turn of the event loop


async def judge(
    question: Judge, detector: TurnDetector, tell: Callable[[Judged], Awaitable[None]]
) -> None:
    """Answer `question`; raises EngineError."""
    resample = Resampler(RATE, detector.rate)
    sound = bytearray()
    for begin in range(0, len(question.pcm), STRETCH):
        sound += resample(question.pcm[begin : begin + STRETCH])
        await asyncio.sleep(0)
    sound += resample.flush()
    await tell(Judged(question.ref, await detector.finished(bytes(sound), question.text)))
