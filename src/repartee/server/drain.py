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
_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Signals:
    """SIGINT and SIGTERM: the first one asks the server to end, a SIGINT after it to end now."""

    def __init__(self) -> None:
        self.end = asyncio.Event()
        self.now = asyncio.Event()
        self.retired = False

    def __enter__(self) -> "Signals":
        for number in _SIGNALS:
            asyncio.get_running_loop().add_signal_handler(number, self.come, number)
        return self

    def __exit__(self, *_: object) -> None:
        for number in _SIGNALS:
            asyncio.get_running_loop().remove_signal_handler(number)

    def retire(self) -> None:
        """Another worker takes over what this one has not begun."""
        self.retired = True
        self.end.set()

    def come(self, number: signal.Signals) -> None:
        """A signal has come."""
        if self.end.is_set() and number == signal.SIGINT:
            self.now.set()
        self.end.set()


async def drain(edge: Edge, patience_s: float, now: asyncio.Event) -> None:
    """Let what goes on end by itself for `patience_s`, or until `now`; then end everything."""
    edge.draining = True
    log.info("draining", extra={"sessions": len(edge.sessions)})
    await _over((*edge.sessions, *edge.tasks), patience_s, now)
    for transport in edge.sessions.values():
        transport.close(GOING_AWAY, "the server is shutting down")
    for door in tuple(edge.doors):
        door.close()
    await _over((*edge.sessions, *edge.tasks, *edge.doors.values()), _GOODBYE_S, now)
    for transport in edge.sessions.values():
        transport.abort()
    for door in tuple(edge.doors):
        door.abort()
    for task in (*edge.sessions, *edge.tasks):
        task.cancel()
    await asyncio.gather(*edge.sessions, *edge.tasks, *edge.doors.values(), return_exceptions=True)


async def _over(
    works: Iterable[asyncio.Future[Any]], patience_s: float, now: asyncio.Event
) -> None:
    """Wait until all is over, but no longer than `patience_s`, nor beyond `now`."""
    everything: asyncio.Future[Any] = asyncio.gather(*works, return_exceptions=True)
    hurry: asyncio.Future[Any] = asyncio.ensure_future(now.wait())
    await asyncio.wait({everything, hurry}, timeout=patience_s, return_when=asyncio.FIRST_COMPLETED)
    hurry.cancel()
