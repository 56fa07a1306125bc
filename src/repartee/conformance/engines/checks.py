"""What checks of engines are made of: sources to read, and ways to run work to its end."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterable
from contextlib import aclosing
from typing import Any, TypeVar

from repartee.engines.protocols import EngineError

STOP_S = 0.5  # the rule is 0.1 s; a busy machine may add to it
HOLD_S = 0.02  # the rule is 5 ms; other work of the same turn of the loop may add to it

_T = TypeVar("_T")


class RuleBroken(Exception):
    """An engine does not keep the rule that was checked; the message says what it did."""


class SourceFailed(Exception):
    """What a check's own source of sound or text raises, to see that it comes through."""


def require(kept: bool, what: str) -> None:
    """Raises RuleBroken, with `what` the engine did, unless the rule is kept."""
    if not kept:
        raise RuleBroken(what)


async def collect(results: AsyncGenerator[_T, None]) -> list[_T]:
    """All that an engine gives."""
    async with aclosing(results):
        return [result async for result in results]


async def source(items: Iterable[_T]) -> AsyncIterator[_T]:
    """What an engine reads, as fast as it likes."""
    for item in items:
        await asyncio.sleep(0)
        yield item


async def endless(items: Iterable[_T], begun: asyncio.Event) -> AsyncIterator[_T]:
    """A source that falls silent without ending, and then sets `begun`."""
    async for item in source(items):
        yield item
    begun.set()
    await asyncio.Event().wait()


async def failing(items: Iterable[_T]) -> AsyncIterator[_T]:
    """A source that fails in the end."""
    async for item in source(items):
        yield item
    raise SourceFailed("the source failed")


async def require_stop(results: AsyncGenerator[Any, None], begun: asyncio.Event) -> None:
    """Cancel the work that gives `results` once it has `begun`, and wait for its end."""
    task = asyncio.create_task(collect(results))
    waiting = asyncio.create_task(begun.wait())
    await asyncio.wait({task, waiting}, return_when=asyncio.FIRST_COMPLETED)
    waiting.cancel()
    require(not task.done(), "it ended although what it was reading went on")
    task.cancel()
    await asyncio.wait({task}, timeout=STOP_S)
    require(task.done(), f"it went on for more than {STOP_S:g} s after it was cancelled")
    require(task.cancelled(), "it swallowed its cancellation")


async def require_close(results: AsyncGenerator[Any, None]) -> None:
    """Close the work after its first result, which must end it."""
    await anext(results)
    closing = asyncio.ensure_future(results.aclose())
    await asyncio.wait({closing}, timeout=STOP_S)
    require(closing.done(), f"it went on for more than {STOP_S:g} s after it was closed")
    await closing


async def require_failure(results: AsyncGenerator[Any, None]) -> None:
    """Read `results` of a source that fails: the failure must come through."""
    try:
        await collect(results)
    except (SourceFailed, EngineError):
        return
    raise RuleBroken("it swallowed the failure of what it was reading")


async def require_free_loop(work: Callable[[], Awaitable[object]]) -> None:
    """Run `work` and see that the loop turns meanwhile.

    Measured as processor time of this thread, to which other programs do not add.
    """
    longest = 0.0

    async def watch() -> None:
        nonlocal longest
        while True:
            before = time.thread_time()
            await asyncio.sleep(0.001)
            longest = max(longest, time.thread_time() - before)

    await work()  # what is made or loaded once is not what a session waits for
    watching = asyncio.create_task(watch())
    await asyncio.sleep(0)  # it begins to watch: work that never waits is over in one turn
    try:
        await work()
        await asyncio.sleep(0.002)  # and sees how long that took
    finally:
        watching.cancel()
    require(longest <= HOLD_S, f"it held up the event loop for {longest * 1000:.0f} ms")
