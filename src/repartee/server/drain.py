"""The end of a server: sessions may finish, and nothing is left afterwards."""

import asyncio
import logging
import signal
from collections.abc import Iterable
from typing import Any

from repartee.server.edge import Edge

log = logging.getLogger(__name__)

GOING_AWAY = 1001
_GOODBYE_S = 5.0  # for what is told to end, to end


class Signals:
    """SIGINT and SIGTERM: the first one asks the server to end, a SIGINT after it to end now."""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.now = asyncio.Event()

    def __enter__(self) -> "Signals":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._on, number)
        return self

    def __exit__(self, *_: object) -> None:
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)

    def _on(self, number: signal.Signals) -> None:
        if self.end.is_set() and number == signal.SIGINT:
            self.now.set()
        self.end.set()


async def drain(edge: Edge, patience_s: float, now: asyncio.Event) -> None:
    """Let sessions end by themselves for `patience_s`, or until `now`; then end everything."""
    edge.draining = True
    log.info("draining", extra={"sessions": len(edge.sessions)})
    await _settled(edge.sessions, patience_s, now)
    for transport in edge.sessions.values():
        transport.close(GOING_AWAY, "the server is shutting down")
    for door in tuple(edge.doors):
        door.close()
    await _settled((*edge.sessions, *edge.tasks), _GOODBYE_S, now)
    for transport in edge.sessions.values():
        transport.abort()
    for door in tuple(edge.doors):
        door.abort()
    left = (*edge.sessions, *edge.tasks)
    for task in left:
        task.cancel()
    await asyncio.gather(*left, return_exceptions=True)


async def _settled(
    tasks: Iterable[asyncio.Task[Any]], patience_s: float, now: asyncio.Event
) -> None:
    """Wait until all tasks are done, but no longer than `patience_s`, nor beyond `now`."""
    hurry = asyncio.create_task(now.wait())
    done = asyncio.gather(*tasks, return_exceptions=True)
    try:
        waiting = {hurry, asyncio.ensure_future(asyncio.shield(done))}
        await asyncio.wait(waiting, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    finally:
        hurry.cancel()
