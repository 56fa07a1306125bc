"""Engines in processes of their own: code that blocks, may crash, or is under the GPL.

`Workers` is the server's side of it.  A process serves many pieces of work at once; a crash ends
only those that were on it, and the next one finds a new process.  The other side, and what an
engine has to provide there, is `worker_process`.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Generic, TypeVar

from msgspec import Struct, msgpack

from repartee.engines.protocols import EngineError
from repartee.engines.worker.link import START_S, Link

R = TypeVar("R")

IDLE_S = 60.0  # how long a further process stays without work
WAITING = 256  # pieces of work in line


class Workers(Generic[R]):
    """The processes of one engine.

    `work` names the engine's class inside the process, "package.module:Work"; `options` are what it
    is made with; its results are read as `result`, whose fields they must share.  Messages call it
    `name`.

    Up to `processes` are started: the first by `open`, further ones when every other has
    `at_once` pieces of work; these end again when they had none for a minute.  Pieces of work
    beyond that wait in line, up to `waiting` of them; what would come after these is refused at
    once, with the code "overloaded".  A process has `start_s` seconds to make its engine ready.
    """

    def __init__(
        self,
        work: str,
        options: Struct,
        result: type[R],
        name: str,
        *,
        processes: int = 1,
        at_once: int = 64,
        waiting: int = WAITING,
        start_s: float = START_S,
    ) -> None:
        self._work = work
        self._options = options
        self._read = msgpack.Decoder(result).decode
        self._name = name
        self._processes = processes
        self._at_once = at_once
        self._waiting = waiting
        self._start_s = start_s
        self._links: list[Link] = []
        self._places = asyncio.Semaphore(processes * at_once)
        self._line = 0  # pieces of work that wait for one
        self._starting = asyncio.Lock()
        self._opened = False

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of the processes that run now."""
        return tuple(link.pid for link in self._alive())

    async def open(self) -> None:
        """Start the first process and wait until its engine is ready.  Raises EngineError."""
        self._opened = True
        await self._link()

    async def close(self) -> None:
        """End all processes; work that is still on them fails."""
        self._opened = False
        async with self._starting:
            await asyncio.gather(*(link.close() for link in self._links))
            self._links = []

    async def run(self, request: Struct, inputs: AsyncIterator[bytes]) -> AsyncGenerator[R, None]:
        """Do one piece of work; closing the generator stops it.  Raises EngineError.

        The next input is asked for when the last one is worked off and its results are yielded.
        """
        async with self._place():
            link = await self._link()
            job = link.begin(request)
            try:
                while (data := await job.next(inputs)) is not None:
                    job.feed(data)
                    while (value := await job.result()) is not None:
                        yield self._read(value)
                job.finish()
                while (value := await job.result()) is not None:
                    yield self._read(value)
            finally:
                link.leave(job)
                self._retire_later(link)

    @asynccontextmanager
    async def _place(self) -> AsyncIterator[None]:
        """A place on the processes, in its turn.  Raises EngineError: the line is full."""
        if self._places.locked() and self._line >= self._waiting:
            raise EngineError(
                f"{self._name} has more to do than it can: all {self._processes * self._at_once} "
                f"places are taken, and {self._line} wait. Try again later, give it more "
                "processes, or let in fewer sessions.",
                "overloaded",
            )
        self._line += 1
        try:
            await self._places.acquire()
        finally:
            self._line -= 1
        try:
            yield
        finally:
            self._places.release()

    async def _link(self) -> Link:
        """The process for the next piece of work: the least busy, or a new one if that is full."""
        if (link := self._least_busy()) is not None:
            return link
        async with self._starting:
            if (link := self._least_busy()) is not None:
                return link
            if not self._opened:
                raise EngineError(f"{self._name} is not open.")
            link = await Link.start(self._work, self._options, self._name, self._start_s)
            self._links = [*(each for each in self._links if not each.gone), link]
            return link

    def _least_busy(self) -> Link | None:
        """None where a further process is to be started."""
        alive = self._alive()
        link = min(alive, key=lambda each: each.busy, default=None)
        if link is None or (link.busy >= self._at_once and len(alive) < self._processes):
            return None
        return link

    def _alive(self) -> list[Link]:
        return [link for link in self._links if link.alive]

    def _retire_later(self, link: Link) -> None:
        if len(self._alive()) > 1:
            asyncio.get_running_loop().call_later(IDLE_S, self._retire, link, link.begun)

    def _retire(self, link: Link, begun: int) -> None:
        if not link.busy and link.begun == begun and len(self._alive()) > 1:
            link.end()
