"""A turn collected while it is spoken, and at its pauses asked about as if it were over."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from repartee.engines.protocols import EngineError, Words
from repartee.engines.transcription_endpoint.turn import Turn


async def collected(
    audio: AsyncIterator[bytes], turn: Turn, ask: Callable[[], Awaitable[Words]]
) -> AsyncGenerator[Words, None]:
    """Put all the sound into `turn`; at a pause, give what `ask` makes of it, as complete.

    A pause is answered even if speech has gone on or the turn is over by then: whoever told of it
    knows what that is worth, and tells of no other before.  An answer that fails is none: the
    turn as a whole is asked about later, and tells what is wrong.
    """
    coming: asyncio.Future[bytes | None] | None = asyncio.ensure_future(anext(audio, None))
    answer: asyncio.Future[Words] | None = None
    try:
        while pending := _those(coming, answer):
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if answer is not None and answer.done():
                words, answer = _outcome(answer), None
                if words is not None:
                    yield replace(words, final=False, complete=True)
            elif coming is not None:
                chunk = coming.result()
                coming = None if chunk is None else asyncio.ensure_future(anext(audio, None))
                if chunk:
                    turn.hear(chunk)
                elif chunk is not None:
                    answer = asyncio.ensure_future(ask())
    finally:
        await _end(_those(coming, answer))


def _those(*futures: asyncio.Future[Any] | None) -> list[asyncio.Future[Any]]:
    return [each for each in futures if each is not None]


def _outcome(answer: asyncio.Future[Words]) -> Words | None:
    try:
        return answer.result()
    except EngineError:
        return None


async def _end(pending: list[asyncio.Future[Any]]) -> None:
    for each in pending:
        each.cancel()
    if pending:
        await asyncio.wait(pending)
    for each in pending:
        if not each.cancelled():
            each.exception()  # it was raised already, or nobody is left to be told
