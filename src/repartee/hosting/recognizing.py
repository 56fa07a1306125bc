"""A whole recording on its way to words."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from fractions import Fraction

from repartee.engines.protocols import EngineError, Recognizer, Words
from repartee.protocol.prompt import Hints
from repartee.speech.resample import LONGEST_PERIOD, Resampler
from repartee.speech.wav import Recording

Tell = Callable[[Words], Awaitable[None]]


async def recognize(
    recording: Recording, ears: Recognizer, hints: Hints, patience_s: float, tell: Tell
) -> Words:
    """The final hypothesis; those before it are told.

    Raises EngineError, also when it takes `patience_s` longer than the recording itself.
    """
    try:
        async with (
            asyncio.timeout(patience_s + recording.seconds),
            aclosing(ears.recognize(_resampled(recording, ears.rate), hints)) as hypotheses,
        ):
            async for words in hypotheses:
                if words.final:
                    return words
                await tell(words)
    except TimeoutError:
        raise EngineError(
            "The recogniser took longer than the recording itself.", "transcription_timeout"
        ) from None
    raise EngineError("The recogniser ended without a transcript.", "transcription_failed")


async def _resampled(recording: Recording, rate: int) -> AsyncIterator[bytes]:
    resample = resampler(recording.rate, rate)
    for pcm in recording.pieces():
        await asyncio.sleep(0)  # a piece takes some milliseconds; others have their turns
        if converted := resample(pcm):
            yield converted
    if rest := resample.flush():
        yield rest


def resampler(source_rate: int, target_rate: int) -> Resampler:
    """From any rate to another; one that a filter cannot have is off by a millionth at most."""
    lower, higher = sorted((source_rate, target_rate))
    ratio = Fraction(lower, higher).limit_denominator(LONGEST_PERIOD)
    low, high = ratio.as_integer_ratio()
    return Resampler(low, high) if source_rate <= target_rate else Resampler(high, low)
