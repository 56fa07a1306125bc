"""What the checks of engines are made of."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from repartee.conformance.engines.checks import (
    RuleBroken,
    SourceFailed,
    collect,
    endless,
    failing,
    require,
    require_close,
    require_failure,
    require_free_loop,
    require_stop,
    source,
)


async def numbers() -> AsyncGenerator[int, None]:
    async for number in source([1, 2, 3]):
        yield number


async def test_sources() -> None:
    assert await collect(numbers()) == [1, 2, 3]
    begun = asyncio.Event()
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(anext(endless(list[int](), begun)), 0.01)
    assert begun.is_set()
    with pytest.raises(SourceFailed):
        [each async for each in failing([1])]


def test_require() -> None:
    require(True, "nothing")
    with pytest.raises(RuleBroken, match="too much"):
        require(False, "it did too much")


async def test_work_that_ends_by_itself_was_not_stopped() -> None:
    with pytest.raises(RuleBroken, match="it ended although"):
        await require_stop(numbers(), asyncio.Event())


async def test_closing() -> None:
    await require_close(numbers())


async def test_work_that_never_fails_swallowed_the_failure() -> None:
    with pytest.raises(RuleBroken, match="swallowed the failure"):
        await require_failure(numbers())


async def test_waiting_holds_nobody_up() -> None:
    await require_free_loop(lambda: asyncio.sleep(0.01))
