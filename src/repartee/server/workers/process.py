"""The process of one worker, as its supervisor sees it."""

import asyncio
import socket
from asyncio.subprocess import DEVNULL, Process
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Self

import msgspec

from repartee.server.workers.seat import RETIRE, Said, Seat


class WorkerProcess:
    """Started as the same command once more, with a seat; made by `start`.

    It is in a process group of its own: what a terminal sends goes to the supervisor alone.
    """

    def __init__(self, slot: int, process: Process, channel: socket.socket) -> None:
        self.slot = slot
        self.failed: str | None = None  # why it could not serve, in its own words
        self._process = process
        self._channel = channel
        self._ready_at: float | None = None
        self._started = asyncio.create_task(self._hear())
        self.ended = asyncio.create_task(self._wait())

    @classmethod
    async def start(
        cls,
        command: Sequence[str],
        place: tuple[int, int, int],
        door: Sequence[socket.socket],
        folder: Path,
    ) -> Self:
        """Start it; `place` are its slot, how many there are, and the number of its process."""
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        fds = tuple(each.fileno() for each in door)
        seat = Seat(*place, door=fds, channel=theirs.fileno(), folder=str(folder))
        with theirs:
            process = await asyncio.create_subprocess_exec(
                *command,
                *("--seat", seat.write()),
                stdin=DEVNULL,
                pass_fds=(*fds, theirs.fileno()),
                process_group=0,
            )
        return cls(seat.slot, process, ours)

    @property
    def pid(self) -> int:
        return self._process.pid

    async def started(self) -> bool:
        """Wait until it is ready; whether it is."""
        await asyncio.shield(self._started)
        return self._ready_at is not None

    @property
    def lived_s(self) -> float:
        """For how long it has served."""
        at = self._ready_at
        return 0.0 if at is None else asyncio.get_running_loop().time() - at

    def retire(self) -> None:
        """Have it take no more connections, and end when its sessions have."""
        with suppress(OSError):  # it has ended meanwhile
            self._channel.send(RETIRE)

    def send_signal(self, number: int) -> None:
        """Send it a signal, unless it has ended."""
        with suppress(ProcessLookupError):
            self._process.send_signal(number)

    async def _hear(self) -> None:
        loop = asyncio.get_running_loop()
        line = b""
        while not line.endswith(b"\n"):
            try:
                heard = await loop.sock_recv(self._channel, 4096)
            except OSError:
                return
            if not heard:
                return
            line += heard
        self.failed = msgspec.json.decode(line, type=Said).failed
        if self.failed is None:
            self._ready_at = loop.time()

    async def _wait(self) -> int:
        status = await self._process.wait()
        await self._started
        self._channel.close()
        return status
