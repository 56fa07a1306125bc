"""What pocketsphinx, as shipped, makes of a sound."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing

from recordings import RATE, Samples, resampled
from repartee.engines.pocketsphinx.recognizer import PocketsphinxRecognizer
from repartee.engines.protocols import Words
from repartee.protocol.prompt import Hints

CHUNK = 640  # bytes of 16 kHz, 20 ms


async def recognized(ears: PocketsphinxRecognizer, sound: Samples) -> Words:
    """The final hypothesis for a sound of 24 kHz, given as it would come."""
    pcm = resampled(sound, RATE, ears.rate).tobytes()

    async def audio() -> AsyncIterator[bytes]:
        for begin in range(0, len(pcm), CHUNK):
            yield pcm[begin : begin + CHUNK]

    async with aclosing(ears.recognize(audio(), Hints())) as told:
        *_, final = [each async for each in told]
    return final


async def all_recognized(sounds: Sequence[Samples]) -> list[Words]:
    """The same for each of these, on two cores."""
    ears = PocketsphinxRecognizer(processes=2)
    await ears.open()
    try:
        return await asyncio.gather(*(recognized(ears, sound) for sound in sounds))
    finally:
        await ears.close()
