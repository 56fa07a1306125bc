"""Requests in a row: each is under way before its turn comes, a few at a time."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any

import httpx2

AHEAD = 2  # requests that are under way before their turn


async def in_turn(
    pieces: AsyncIterator[str], ask: Callable[[str], Awaitable[httpx2.Response]]
) -> AsyncGenerator[tuple[str, httpx2.Response], None]:
    """Each piece with the response that `ask` gives for it; whoever reads this closes that.

    What fails is raised in its turn.  Closing the generator closes all requests under way.
    """
    asked: asyncio.Queue[tuple[str, asyncio.Future[httpx2.Response]] | None] = asyncio.Queue()
    free = asyncio.Semaphore(1 + AHEAD)
    waiting: set[asyncio.Future[httpx2.Response]] = set()

    async def ask_all() -> None:
        try:
            await free.acquire()
            async for piece in pieces:
                request = asyncio.ensure_future(ask(piece))
                waiting.add(request)
                asked.put_nowait((piece, request))
                await free.acquire()
        finally:
            asked.put_nowait(None)

    asking = asyncio.create_task(ask_all())
    try:
        while (each := await asked.get()) is not None:
            piece, request = each
            response = await request
            waiting.discard(request)
            yield piece, response
            free.release()
        await asking
    finally:
        await _end(asking, waiting)


async def _end(asking: asyncio.Task[None], waiting: set[asyncio.Future[httpx2.Response]]) -> None:
    ending: list[asyncio.Future[Any]] = [asking, *waiting]
    for each in ending:
        each.cancel()
    await asyncio.wait(ending)
    if not asking.cancelled():
        asking.exception()  # it was raised already, or nobody is left to be told
    for request in waiting:
        if not request.cancelled() and request.exception() is None:
            await request.result().aclose()
