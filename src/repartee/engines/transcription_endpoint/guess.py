"""A request made early, at a pause: where nothing but silence follows, its answer is the turn's."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any

from msgspec.structs import replace

from repartee.engines.protocols import EngineError, Words
from repartee.engines.transcription_endpoint.turn import Turn


class Guess:
    """What the turn so far is if it is over: asked at each pause, taken back when speech goes on.

    `ask` gives the final hypothesis for the turn as it is when it is called.
    """

    def __init__(self, turn: Turn, ask: Callable[[], Awaitable[Words]]) -> None:
        self._turn = turn
        self._ask = ask
        self._request: asyncio.Future[Words] | None = None
        self._told = True

    async def listen(self, audio: AsyncIterator[bytes]) -> AsyncGenerator[Words, None]:
        """Collect all the sound; where an answer comes before its end, it is given as complete."""
        coming = asyncio.ensure_future(anext(audio, None))
        try:
            while True:
                waiting: set[asyncio.Future[Any]] = {coming}
                if self._request is not None and not self._told:
                    waiting.add(self._request)
                await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    self._told = True
                    if words := await self.final():
                        yield replace(words, final=False, complete=True)
                elif (chunk := coming.result()) is None:
                    return
                else:
                    await self._take(chunk)
                    coming = asyncio.ensure_future(anext(audio, None))
        finally:
            coming.cancel()
            await asyncio.wait([coming])

    async def final(self) -> Words | None:
        """The answer to the last pause, waited for; None where it is not that of the turn.

        A guess that fails is none: the turn itself is asked for later, and tells what is wrong.
        """
        if self._request is None:
            return None
        try:
            return await self._request
        except EngineError:
            self._request = None
            return None

    async def withdraw(self) -> None:
        """Nobody wants to know any more."""
        request, self._request = self._request, None
        if request is not None:
            request.cancel()
            await asyncio.wait([request])
            if not request.cancelled():
                request.exception()  # nobody is left to be told

    async def _take(self, chunk: bytes) -> None:
        self._turn.hear(chunk)
        if self._request is not None and not self._turn.is_paused:
            await self.withdraw()
        if not chunk and not self._turn.is_silent:
            self._told = False
            if self._request is None:  # else the pause is still the same
                self._turn.pause()
                self._request = asyncio.ensure_future(self._ask())
