"""Worker processes for tests, and what is needed to watch them."""

import asyncio
import os
import time
from collections.abc import AsyncIterator

from engines.sample_work import Line, Options
from repartee.engines.worker.link import START_S
from repartee.engines.worker.pool import WAITING, Workers

WORK = "engines.sample_work:Sample"


def workers(
    processes: int = 1,
    at_once: int = 64,
    waiting: int = WAITING,
    start_s: float = START_S,
    **options: str,
) -> Workers[Line]:
    return Workers(
        WORK,
        Options(**options),
        Line,
        "sample",
        processes=processes,
        at_once=at_once,
        waiting=waiting,
        start_s=start_s,
    )


async def source(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


class Held(AsyncIterator[bytes]):
    """Inputs that come when the test gives them; `asked` is set once one is waited for."""

    def __init__(self, *pieces: bytes) -> None:
        self._pieces: asyncio.Queue[bytes | None] = asyncio.Queue()
        self.asked = asyncio.Event()
        for piece in pieces:
            self.give(piece)

    def give(self, piece: bytes) -> None:
        self._pieces.put_nowait(piece)

    def end(self) -> None:
        self._pieces.put_nowait(None)

    async def __anext__(self) -> bytes:
        if self._pieces.empty():
            self.asked.set()
        if (piece := await self._pieces.get()) is None:
            raise StopAsyncIteration
        return piece


async def ended(pid: int) -> None:
    """Wait until the process, which need not be our child, has ended."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return
    over = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_reader(watched, over.set)
    try:
        async with asyncio.timeout(10):
            await over.wait()
    finally:
        loop.remove_reader(watched)
        os.close(watched)


def cpu_s(pid: int) -> float:
    """The processor time that a process has used."""
    with open(f"/proc/{pid}/stat") as file:
        fields = file.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def is_idle(pid: int) -> bool:
    """Whether a process does nothing while this one computes for a while.

    The measure is our own processor time: on a busy machine both get as little of the clock's.
    """
    before, end = cpu_s(pid), time.process_time() + 0.2
    while time.process_time() < end:
        pass
    return cpu_s(pid) - before < 0.05


def memory_mb(pid: int) -> float:
    """The resident memory of a process."""
    with open(f"/proc/{pid}/statm") as file:
        return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6
