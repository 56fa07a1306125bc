"""A port of its own for those who watch the server: metrics and probes, without a key."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from starlette.routing import Route

from repartee.server.edge import Edge
from repartee.server.exchange import Application
from repartee.server.front_door import FrontDoor
from repartee.server.http_routes import ready, site
from repartee.server.request import Request
from repartee.settings import Metrics, Settings, SettingsError

log = logging.getLogger(__name__)


class Hatch(Edge):
    """The connections of this port: whoever reaches it may read it, under any name."""

    def check(self, request: Request) -> None:
        """Nobody is refused: there is nothing of anybody here."""


@asynccontextmanager
async def hatch(
    settings: Settings, edge: Edge, route: Route, *, shared: bool = False
) -> AsyncIterator[int | None]:
    """While entered, `metrics.port` is open, if there is one; which it is.  Raises SettingsError.

    It is `shared` by the workers of a server: each of them can tell of all.
    """
    if settings.metrics.port is None:
        yield None
        return
    own = Hatch(settings, edge.access, edge.recorder)
    pages = site(ready(edge), route)
    listening = await _listen(own, pages, settings.metrics, shared=shared)
    port = listening.sockets[0].getsockname()[1]
    log.info("metrics are told", extra={"host": settings.metrics.host, "port": port})
    try:
        yield port
    finally:
        listening.close()
        for door in tuple(own.doors):
            door.abort()
        await asyncio.gather(*own.doors.values(), *own.tasks, return_exceptions=True)
        await listening.wait_closed()


async def _listen(
    own: Hatch, pages: Application, metrics: Metrics, *, shared: bool
) -> asyncio.Server:
    host, port = metrics.host, metrics.port
    try:
        return await asyncio.get_running_loop().create_server(
            lambda: FrontDoor(own, pages),
            host,
            port,
            reuse_port=shared or None,
        )
    except OSError as error:
        why = os.strerror(error.errno) if error.errno else str(error)
        raise SettingsError(f"metrics.port {port} on {host} cannot be opened: {why}") from None
