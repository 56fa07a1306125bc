"""A call with its sidebands: who is told what, who is heard, and who waits for whom."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack

import pytest

from repartee.transports import fanout
from repartee.transports.fanout import Fanout
from transports.line import Line, connected
from transports.raw_socket import BINARY, CLOSE, TEXT, close_frame, frame


class Main:
    """The caller's connection."""

    paced = True
    ending = (1000, "client")

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.gone = asyncio.Event()
        self.room = asyncio.Event()
        self.hear: Callable[[bytes], None]

    @property
    def closed(self) -> bool:
        return self.gone.is_set()

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        self.hear = hear

    def send(self, frame: bytes) -> None:
        self.sent.append(frame)

    async def drained(self) -> None:
        await self.room.wait()

    def close(self, code: int, reason: str) -> None:
        self.gone.set()

    async def wait_closed(self) -> None:
        await self.gone.wait()


class Stage:
    """A fanout, its caller, and what its session has heard."""

    def __init__(self) -> None:
        self.main = Main()
        self.fanout = Fanout(self.main)
        self.heard: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.fanout.listen(self.heard.put_nowait, lambda: self.heard.put_nowait(None))
        self.lines = AsyncExitStack()
        self.attending: list[asyncio.Task[None]] = []

    async def joined(self) -> Line:
        """A sideband that has been greeted."""
        line = await self.lines.enter_async_context(connected(listen=False))
        self.attending.append(asyncio.create_task(self.fanout.attend(line.ours, b"hi")))
        assert await line.client.text() == b"hi"
        return line

    async def hears(self) -> bytes | None:
        return await asyncio.wait_for(self.heard.get(), 10)


@pytest.fixture
async def stage() -> AsyncIterator[Stage]:
    stage = Stage()
    async with stage.lines:
        yield stage
    await asyncio.wait_for(asyncio.gather(*stage.attending), 10)


async def test_all_are_told_what_is_said_from_when_they_come(stage: Stage) -> None:
    stage.fanout.send(b"1")
    first = await stage.joined()
    stage.fanout.send(b"2")
    second = await stage.joined()
    stage.fanout.send(b"3")
    assert stage.main.sent == [b"1", b"2", b"3"]
    assert [await first.client.text() for _ in range(2)] == [b"2", b"3"]
    assert await second.client.text() == b"3"


async def test_all_are_heard(stage: Stage) -> None:
    first, second = await stage.joined(), await stage.joined()
    first.client.send(frame(TEXT, b"a"), frame(BINARY, b"b"))
    assert [await stage.hears(), await stage.hears()] == [b"a", None]
    stage.main.hear(b"c")
    second.client.send(frame(TEXT, b"d"))
    assert [await stage.hears(), await stage.hears()] == [b"c", b"d"]


async def test_one_that_leaves_leaves_the_others(stage: Stage) -> None:
    first, second = await stage.joined(), await stage.joined()
    first.client.send(close_frame(1000))
    await asyncio.wait_for(first.ours.wait_closed(), 10)
    stage.fanout.send(b"1")
    assert await second.client.text() == b"1"
    assert stage.fanout.open


async def test_the_end_is_the_end_of_all(stage: Stage) -> None:
    line = await stage.joined()
    stage.fanout.close(1001, "over")
    assert stage.main.closed
    assert not stage.fanout.open
    assert await line.client.goodbye() == (1001, "over")


async def test_nobody_is_heard_without_a_caller(stage: Stage) -> None:
    line = await stage.joined()
    stage.main.gone.set()
    line.client.send(frame(TEXT, b"a"), frame(BINARY, b"b"), close_frame(1000))
    await asyncio.wait_for(line.ours.wait_closed(), 10)
    assert stage.heard.empty()


async def test_a_slow_sideband_is_cut_off_and_nobody_waits(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "MOST_UNTAKEN", 1_000_000)
    line = await stage.joined()
    stage.main.room.set()
    for _ in range(40):  # more than the kernel takes
        stage.fanout.send(b"x" * 500_000)
        await stage.fanout.drained()
    assert len(stage.main.sent) == 40
    assert line.ours.closed
    told = [await line.client.frame()]
    while told[-1][0] == TEXT:
        told.append(await line.client.frame())
    assert told[-1] == (CLOSE, b"\x03\xf0slow_consumer")
    assert len(told) < 40


async def test_engines_wait_for_the_caller(stage: Stage) -> None:
    await stage.joined()
    waiting = asyncio.create_task(stage.fanout.drained())
    await asyncio.sleep(0)
    assert not waiting.done()
    stage.main.room.set()
    await asyncio.wait_for(waiting, 10)


async def test_so_many_and_no_more(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fanout, "MOST_SIDEBANDS", 1)
    assert not stage.fanout.full
    line = await stage.joined()
    assert stage.fanout.full
    line.client.send(close_frame(1000))
    await asyncio.wait_for(stage.attending[0], 10)
    assert not stage.fanout.full
