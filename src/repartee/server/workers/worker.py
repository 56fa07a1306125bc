"""One of several workers of a server, with a supervisor above them."""

import asyncio
import logging
import os
import re
import shutil
import socket
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from msgspec import structs

from repartee.keys.database import StoreError
from repartee.server.alone import Alone
from repartee.server.cluster import Cluster
from repartee.server.drain import Signals
from repartee.server.edge import CALLS_PATH, Edge
from repartee.server.exchange import Application
from repartee.server.playground_route import SESSIONS
from repartee.server.request import Request
from repartee.server.workers.board import Board, SharedSessions, SharedTotals
from repartee.server.workers.ids import Signer, WorkerIds
from repartee.server.workers.seat import Seat
from repartee.server.workers.side_door import SideDoor
from repartee.settings import Server, Settings

log = logging.getLogger(__name__)

_AGAIN_S = 1.0
_NAMING = (
    re.compile(rf"{CALLS_PATH}/([^/]+)/hangup"),
    re.compile(rf"{SESSIONS}([^/]+)/speech"),
)


class Worker(Alone):
    """One of several, on the seat that its supervisor gave it.  Raises StoreError."""

    def __init__(self, seat: Seat) -> None:
        folder = Path(seat.folder)
        self._seat = seat
        self._is_orphan = False
        try:
            self._board = Board(folder, seat.number)
        except (sqlite3.Error, OSError) as error:
            raise StoreError(f"what the workers share cannot be used: {error}") from None
        self.folders = (folder,)
        self.totals = SharedTotals(self._board)

    def close(self) -> None:
        """Leave; without a supervisor the last one clears up."""
        self._board.close()
        if self._is_orphan and self._board.is_last():
            shutil.rmtree(self._seat.folder, ignore_errors=True)

    def settings(self, settings: Settings) -> Settings:
        """What each worker counts by itself is its part of what all may have."""
        server, share = settings.server, self._seat.share
        divided = structs.replace(
            server,
            connects_per_s=share(server.connects_per_s),
            bad_keys_per_minute=share(server.bad_keys_per_minute),
        )
        return structs.replace(settings, server=divided)

    def cluster(self, signer: Signer) -> Cluster:
        ids = WorkerIds(signer, self._seat.number)

        def elsewhere(request: Request) -> Path | None:
            name = named(request)
            owner = None if name is None else ids.owner(name)
            if owner is None or owner == self._seat.number:
                return None
            return self._seat.side_door(owner)

        loop = asyncio.get_running_loop()
        sessions, calls = (
            SharedSessions(self._board, kind, lambda again: loop.call_later(_AGAIN_S, again))
            for kind in ("sessions", "calls")
        )
        return Cluster(sessions, calls, ids, elsewhere)

    async def open_door(self, server: Server) -> list[socket.socket]:
        return self._seat.sockets()

    @asynccontextmanager
    async def attending(
        self, edge: Edge, pages: Application, signals: Signals
    ) -> AsyncIterator[None]:
        """While entered, workers can hand clients over, and the supervisor is listened to."""
        loop, seat = asyncio.get_running_loop(), self._seat
        path = seat.side_door(seat.number)
        door = await loop.create_unix_server(lambda: SideDoor(edge, pages), str(path))
        os.chmod(path, 0o600)

        def hear() -> None:
            loop.remove_reader(seat.channel)
            if not seat.hear():
                log.error("the supervisor is gone: this worker ends, too")
                self._is_orphan = True
            signals.retire()

        loop.add_reader(seat.channel, hear)
        try:
            yield
        finally:
            loop.remove_reader(seat.channel)
            door.close()
            path.unlink(missing_ok=True)


def named(request: Request) -> str | None:
    """The call or the session that a request names, if it is about one."""
    if request.wants_websocket:
        return request.query.get("call_id")
    found = (path.fullmatch(request.path) for path in _NAMING)
    return next((match[1] for match in found if match), None)
