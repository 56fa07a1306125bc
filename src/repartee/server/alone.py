"""A process that is the whole server; what `workers.worker` does otherwise has its names here."""

import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from repartee.server.cluster import Cluster
from repartee.server.drain import Signals
from repartee.server.edge import Edge
from repartee.server.exchange import Application
from repartee.server.listening import listen
from repartee.server.workers.ids import Signer
from repartee.settings import Server, Settings
from repartee.usage.totals import Totals


class Alone:
    """The only process of a server: it shares nothing."""

    folders: tuple[Path, ...] = ()  # where keys can be kept, if not where they usually are
    totals: Totals | None = None

    def settings(self, settings: Settings) -> Settings:
        """The settings as they hold for this process."""
        return settings

    def cluster(self, signer: Signer) -> Cluster:
        """What it has in common with others."""
        return Cluster()

    async def open_door(self, server: Server) -> list[socket.socket]:
        """The sockets clients come to.  Raises SettingsError."""
        return await listen(server.host, server.port)

    @asynccontextmanager
    async def attending(
        self, edge: Edge, pages: Application, signals: Signals
    ) -> AsyncIterator[None]:
        """While entered, whoever else is of this server can reach it."""
        yield

    def close(self) -> None:
        """The process ends."""
