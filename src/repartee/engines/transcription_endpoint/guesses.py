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
    turn as a whole is asked about later, and tells what is wrong.  Where nothing at all has sounded
    since the pause, the last thing given is the same answer as the final one: it need not be asked
    for again.
    """
    coming: asyncio.Future[bytes | None] | None = asyncio.ensure_future(anext(audio, None))
    answer: asyncio.Future[Words] | None = None
    known = _Known(turn, ask)
    try:
        while pending := _those(coming, answer):
            await asyncio.wait(pending, return_when=asyncio.FIRST_COMPLETED)
            if answer is not None and answer.done():
                words, answer = _outcome(answer), None
                if words is not None:
                    yield replace(words, stable=0, final=False, complete=True)
            elif coming is not None:
                chunk = coming.result()
                coming = None if chunk is None else asyncio.ensure_future(anext(audio, None))
                if chunk:
                    turn.hear(chunk)
                elif chunk is not None:
                    answer = asyncio.ensure_future(known.find())
        if known.words is not None:
            yield known.words
    finally:
        await _end(_those(coming, answer))


class _Known:
    """The last answer, as long as nothing has sounded since it was asked for."""

    def __init__(self, turn: Turn, ask: Callable[[], Awaitable[Words]]) -> None:
        self._turn = turn
        self._ask = ask
        self._sounds = 0
        self._words: Words | None = None

    @property
    def words(self) -> Words | None:
        return self._words if self._sounds == self._turn.sounds else None

    async def find(self) -> Words:
        """The answer; asked for where it is not known."""
        known = self.words
        if known is None:
            sounds = self._turn.sounds
            known = await self._ask()
            self._sounds, self._words = sounds, known
        return known


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
