"""A timeout that runs only while something is owed."""

import asyncio

import pytest

from repartee.speech.patience import Deadline
from virtual_time import run


def test_waiting_counts_only_while_something_is_owed() -> None:
    async def play() -> float:
        async with asyncio.timeout(None) as timeout:
            deadline = Deadline(timeout, 5)
            deadline.owed()
            await asyncio.sleep(4)
            deadline.owed()
            await asyncio.sleep(4)
            deadline.given()
            await asyncio.sleep(100)
        return asyncio.get_running_loop().time()

    assert run(play()) == pytest.approx(108)


def test_what_is_owed_too_long_is_an_error() -> None:
    async def play() -> None:
        async with asyncio.timeout(None) as timeout:
            Deadline(timeout, 5).owed()
            await asyncio.sleep(5.1)

    with pytest.raises(TimeoutError):
        run(play())
