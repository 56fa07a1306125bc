"""Engines that are loaded while somebody uses them, in virtual time."""

import asyncio
import logging

import pytest

from repartee.engines.protocols import EngineError
from repartee.runtime.loading import Loading
from virtual_time import run


class Engine:
    """Takes a second to load, and remembers what was done with it."""

    def __init__(self, failures: int = 0, close_fails: bool = False) -> None:
        self.log: list[str] = []
        self._failures, self._close_fails = failures, close_fails

    async def open(self) -> None:
        await asyncio.sleep(1)
        if self._failures:
            self._failures -= 1
            raise EngineError("no model")
        self.log.append("open")

    async def close(self) -> None:
        self.log.append("close")
        if self._close_fails:
            raise RuntimeError("it clings")


def test_it_is_loaded_once_for_all_who_use_it_and_stays() -> None:
    async def play() -> None:
        engine = Engine()
        loading = Loading(engine)
        await asyncio.gather(loading.begin(), loading.begin())
        loading.end()
        loading.end()
        await asyncio.sleep(1e6)
        assert engine.log == ["open"]
        await loading.close()
        await loading.close()
        assert engine.log == ["open", "close"]

    run(play())


def test_what_nobody_uses_for_long_is_unloaded_and_loaded_again() -> None:
    async def play() -> None:
        engine = Engine()
        loading = Loading(engine, keep_s=60)
        await loading.begin()
        await asyncio.sleep(600)
        loading.end()
        await asyncio.sleep(59)
        await loading.begin()
        loading.end()
        await asyncio.sleep(59)
        assert engine.log == ["open"]
        await asyncio.sleep(2)
        assert engine.log == ["open", "close"]
        await loading.begin()
        assert engine.log == ["open", "close", "open"]
        await loading.close()

    run(play())


def test_who_comes_while_it_is_unloaded_waits_and_has_it_loaded() -> None:
    class Slow(Engine):
        async def close(self) -> None:
            await asyncio.sleep(5)
            await super().close()

    async def play() -> None:
        engine = Slow()
        loading = Loading(engine, keep_s=0)
        await loading.begin()
        loading.end()
        await asyncio.sleep(1)
        await loading.begin()
        assert engine.log == ["open", "close", "open"]
        await loading.close()

    run(play())


def test_who_gets_none_may_ask_again() -> None:
    async def play() -> None:
        engine = Engine(failures=1)
        loading = Loading(engine, keep_s=60)
        with pytest.raises(EngineError, match="no model"):
            await loading.begin()
        await loading.begin()
        assert engine.log == ["close", "open"]
        await loading.close()

    run(play())


def test_who_leaves_while_it_loads_uses_it_no_more() -> None:
    async def play() -> None:
        engine = Engine()
        loading = Loading(engine, keep_s=60)
        leaving = asyncio.create_task(loading.begin())
        await asyncio.sleep(0.5)
        leaving.cancel()
        await asyncio.wait([leaving])
        assert engine.log == ["close"]
        await loading.begin()
        loading.end()
        await asyncio.sleep(61)
        assert engine.log == ["close", "open", "close"]

    run(play())


def test_an_engine_that_clings_is_told_of(caplog: pytest.LogCaptureFixture) -> None:
    async def play() -> None:
        loading = Loading(Engine(close_fails=True), keep_s=1)
        await loading.begin()
        loading.end()
        await asyncio.sleep(2)

    with caplog.at_level(logging.ERROR):
        run(play())
    assert "failed to unload" in caplog.text


def test_small_engines_need_neither() -> None:
    async def play() -> None:
        loading = Loading(object(), keep_s=1)
        await loading.begin()
        loading.end()
        await asyncio.sleep(2)
        await loading.close()

    run(play())
