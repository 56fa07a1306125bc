"""The supervisor: starts the workers of a server, replaces those that die, and ends last.

It holds the sockets of every slot, so that whoever connects while a worker is replaced waits for
the next one instead of being refused.  It serves nobody itself, and loads no engine.
"""

import asyncio
import fcntl
import logging
import os
import shutil
import signal
import socket
import sys
import tempfile
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from repartee.server.listening import base_url, listen_often
from repartee.server.workers.pauses import Pauses
from repartee.server.workers.process import WorkerProcess
from repartee.settings import Server, SettingsError

_T = TypeVar("_T")

log = logging.getLogger(__name__)

_INSISTING_S = 15.0  # for workers that were told to end at once, before they are killed


class _Slot:
    """A worker's place: the sockets it listens on, and who has it now."""

    def __init__(self, number: int, door: list[socket.socket]) -> None:
        self.number = number
        self.door = door
        self.worker: WorkerProcess | None = None
        self.pauses = Pauses()
        self.changing = asyncio.Lock()  # one change of its worker at a time

    def close(self) -> None:
        """Nobody is to come here any more."""
        for each in self.door:
            each.close()


class Supervisor:
    """The workers of one server; `command` starts one, given a seat as its last argument."""

    def __init__(self, server: Server, command: Sequence[str], folder: Path) -> None:
        self._server = server
        self._command = command
        self._folder = folder
        self._slots: list[_Slot] = []
        self._all: set[WorkerProcess] = set()  # that have not ended
        self._numbers = count(1)
        self._end = asyncio.Event()
        self._now = asyncio.Event()
        self._renew = asyncio.Event()

    async def run(self, ready: Callable[[str], None]) -> None:
        """Serve until a signal ends it; `ready` is told the base URL.  Raises SettingsError."""
        self._listen_to_signals()
        server = self._server
        doors = await listen_often(server.host, server.port, server.workers)
        self._slots = [_Slot(number, door) for number, door in enumerate(doors, 1)]
        try:
            if await self._start():
                ready(base_url(server, doors[0][0].getsockname()[1]))
                await self._keep()
        finally:
            await self._stop()

    def _listen_to_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGHUP, self._renew.set)
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._come, number)

    def _come(self, number: signal.Signals) -> None:
        if self._end.is_set() and number == signal.SIGINT:
            self._now.set()
        self._end.set()

    # Starting

    async def _start(self) -> bool:
        """Start a worker in every slot; whether all are ready, and nobody wants the end.

        Raises SettingsError in the words of the first that cannot serve.
        """
        starts = []
        for slot in self._slots:
            slot.worker = await self._spawn(slot)
            starts.append(asyncio.create_task(self._started(slot.worker)))
        return await self._unless_ended(asyncio.gather(*starts)) is not None

    async def _started(self, worker: WorkerProcess) -> None:
        if not await worker.started():
            await worker.ended
            raise SettingsError(_reason(worker))

    async def _spawn(self, slot: _Slot) -> WorkerProcess:
        place = (slot.number, len(self._slots), next(self._numbers))
        worker = await WorkerProcess.start(self._command, place, slot.door, self._folder)
        self._all.add(worker)
        worker.ended.add_done_callback(lambda _: self._all.discard(worker))
        return worker

    # Keeping

    async def _keep(self) -> None:
        """Replace workers that die, and all of them when asked to, until the end."""
        await self._unless_ended(self._look_after_all())

    async def _look_after_all(self) -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(self._renew_when_asked())
            for slot in self._slots:
                group.create_task(self._replace_dead(slot))

    async def _replace_dead(self, slot: _Slot) -> None:
        while True:
            worker = slot.worker
            assert worker is not None
            status = await asyncio.shield(worker.ended)
            async with slot.changing:
                if worker is not slot.worker:  # it was replaced in good order
                    continue
                pause = slot.pauses.after(worker.lived_s)
                log.error(
                    "a worker has died and is replaced: %s",
                    _reason(worker),
                    extra={"worker": slot.number, "status": status, "pause_s": pause},
                )
                await asyncio.sleep(pause)
                slot.worker = await self._spawn(slot)

    async def _renew_when_asked(self) -> None:
        while True:
            await self._renew.wait()
            self._renew.clear()
            log.info("workers are renewed")
            for slot in self._slots:
                if not await self._renewed(slot):
                    log.error("workers are not renewed; those that serve go on")
                    break
            else:
                log.info("workers are new")

    async def _renewed(self, slot: _Slot) -> bool:
        """Put a new worker into a slot, and have the old one retire, if the new one is ready."""
        async with slot.changing:
            old, new = slot.worker, await self._spawn(slot)
            if not await new.started():
                log.error("a worker cannot start: %s", _reason(new), extra={"worker": slot.number})
                return False
            slot.worker = new
            if old is not None:
                old.retire()
            return True

    # Ending

    async def _stop(self) -> None:
        """End all workers, as one server ends."""
        for worker in tuple(self._all):
            worker.send_signal(signal.SIGTERM)
        for slot in self._slots:
            if slot.worker is None or slot.worker.ended.done():
                slot.close()
            else:  # or clients would wait there while workers of other slots drain
                slot.worker.ended.add_done_callback(partial(_close, slot))
        over: asyncio.Future[list[int]] = asyncio.gather(*(each.ended for each in self._all))
        hurry: asyncio.Future[Any] = asyncio.ensure_future(self._now.wait())
        await asyncio.wait([over, hurry], return_when=asyncio.FIRST_COMPLETED)
        hurry.cancel()
        for number in (signal.SIGINT, signal.SIGKILL):
            for worker in tuple(self._all):
                worker.send_signal(number)
            await asyncio.wait({over}, timeout=_INSISTING_S)

    async def _unless_ended(self, work: Awaitable[_T]) -> _T | None:
        """What `work` gives; None once the end is asked for."""
        working = asyncio.ensure_future(work)
        end = asyncio.create_task(self._end.wait())
        await asyncio.wait({working, end}, return_when=asyncio.FIRST_COMPLETED)
        end.cancel()
        if working.done():
            return working.result()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
        return None


def _close(slot: _Slot, _: object) -> None:
    slot.close()


def _reason(worker: WorkerProcess) -> str:
    """Why it does not serve, in a few words."""
    if worker.failed is not None:
        return worker.failed
    status = worker.ended.result() if worker.ended.done() else None
    if status is not None and status < 0:
        return f"worker {worker.slot} was ended by {signal.Signals(-status).name}"
    return f"worker {worker.slot} ended with status {status}"


def run(server: Server, ready: Callable[[str], None]) -> int:
    """Serve with several workers until a signal ends it; the exit status.  Raises SettingsError.

    Workers are started as this process was, so that they read the settings anew.
    """
    command = [sys.executable, *sys.orig_argv[1:]]
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    folder = Path(tempfile.mkdtemp(prefix="repartee-", dir=runtime or None))
    held = os.open(folder, os.O_RDONLY)
    try:
        # Whoever clears up temporary files leaves a folder alone that is locked (tmpfiles.d(5)).
        fcntl.flock(held, fcntl.LOCK_EX)
        asyncio.run(_supervise(server, command, folder, ready))
    finally:
        os.close(held)
        shutil.rmtree(folder, ignore_errors=True)
    return 0


async def _supervise(
    server: Server, command: Sequence[str], folder: Path, ready: Callable[[str], None]
) -> None:
    await Supervisor(server, command, folder).run(ready)
