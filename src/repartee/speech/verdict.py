"""Whether a speaker who has paused is done: what was said lately, on its way to who can tell."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from repartee.engines.protocols import EngineError, TurnDetector
from repartee.protocol.audio import BYTES_PER_MS, RATE
from repartee.session.commands import Judge
from repartee.session.inputs import Judged
from repartee.speech.resample import Resampler

STRETCH = 1000 * BYTES_PER_MS  # what is resampled in one turn of the event loop
PATIENCE_S = 8.0  # no pause is longer

log = logging.getLogger(__name__)


async def judge(
    question: Judge, detector: TurnDetector, tell: Callable[[Judged], Awaitable[None]]
) -> None:
    """Answer `question`; raises EngineError, which is logged since no client is told of it."""
    resample = Resampler(RATE, detector.rate)
    sound = bytearray()
    for begin in range(0, len(question.pcm), STRETCH):
        sound += resample(question.pcm[begin : begin + STRETCH])
        await asyncio.sleep(0)
    sound += resample.flush()
    try:
        finished = await _finished(detector, bytes(sound), question.text)
    except EngineError as failure:
        log.warning("a pause was not judged: %s", failure)
        raise
    await tell(Judged(question.ref, finished))


async def _finished(detector: TurnDetector, pcm: bytes, text: str) -> float:
    try:
        async with asyncio.timeout(PATIENCE_S):
            finished = await detector.finished(pcm, text)
    except TimeoutError:
        raise EngineError(
            f"The turn detector said nothing within {PATIENCE_S:g} s.", "turn_timeout"
        ) from None
    if not 0 <= finished <= 1:  # nor is what is no number
        raise EngineError(f"The turn detector said {finished}, which is no probability.")
    return finished
