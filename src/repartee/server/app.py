"""The server as a whole: listens, joins the rooms, and ends in good order."""

import asyncio
import gc
import logging
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from starlette.routing import Route

from repartee.engines.protocols import EngineError
from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions, Unopenable
from repartee.runtime.watching import Observer
from repartee.server import tls
from repartee.server.access import Access, access, is_loopback
from repartee.server.alone import Alone
from repartee.server.drain import Signals, drain
from repartee.server.edge import Edge
from repartee.server.exchange import Application
from repartee.server.front_door import FrontDoor
from repartee.server.http_routes import application
from repartee.server.listening import BACKLOG, base_url
from repartee.server.observers import observers
from repartee.server.websocket_route import Handshake, StartSession, unloadable, unopenable
from repartee.server.workers.seat import Seat
from repartee.settings import Server, Settings, SettingsError
from repartee.transports.websocket import WebSocketTransport
from repartee.usage.recorder import recorder

if TYPE_CHECKING:
    from repartee.telemetry.metrics import Metrics

log = logging.getLogger(__name__)

_TLS_GOODBYE_S = 5.0
_GLANCE_S = 0.05

Ready = Callable[[str], None]
"""Told the base URL once clients can connect."""


def run(settings: Settings, ready: Ready, seat: Seat | None = None) -> int:
    """Serve until a signal ends it; the exit status.  With a `seat`, as one of several workers.

    Raises SettingsError where the settings cannot be obeyed, StoreError where the API keys cannot
    be read, EngineError or UnusableEngine where an engine cannot be used.
    """

    def settled(url: str) -> None:
        gc.freeze()  # what is loaded stays: to look for garbage in it holds up every session
        ready(url)

    process = Alone() if seat is None else _worker(seat)
    try:
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(serve(process.settings(settings), settled, process))
    finally:
        gc.unfreeze()
        process.close()
    return 0


def _worker(seat: Seat) -> Alone:
    from repartee.server.workers.worker import Worker  # which most servers have none of

    return Worker(seat)


async def serve(settings: Settings, ready: Ready, process: Alone) -> None:
    """The same on a loop that runs already."""
    metrics = None
    if settings.metrics.enabled:
        from repartee.telemetry.metrics import Metrics

        metrics = Metrics()
    async with observers(settings, metrics) as watching:
        await _serve(settings, ready, process, watching, metrics)


async def _serve(
    settings: Settings,
    ready: Ready,
    process: Alone,
    watching: Sequence[Observer],
    metrics: "Metrics | None",
) -> None:
    engines = EnginesByModel(settings)
    recorded = recorder(settings.usage, process.totals)
    guard = access(settings, *process.folders)
    cluster = process.cluster(guard.sealer)
    sessions = Sessions(settings, engines, recorded, watching, cluster.new_id)
    # Before engines are loaded, for a port in use to be told at once.
    door = await open_door(settings.server, guard, process)
    recorded.open()
    try:
        await engines.open()
    except BaseException:
        _shut(door)
        recorded.close()
        raise

    start = starting(sessions)
    edge = Edge(settings, guard, recorded, start, cluster=cluster, backlog=lambda: engines.late_s)
    signals = Signals()
    try:
        async with exposed(settings, edge, metrics, process.folders) as more:
            pages = application(edge, settings.models, sessions, settings.webrtc, more)
            async with process.attending(edge, pages, signals):
                await let_in(door, edge, pages, ready, signals)
    finally:
        await engines.close()
        recorded.close()


@asynccontextmanager
async def exposed(
    settings: Settings, edge: Edge, metrics: "Metrics | None", folders: Sequence[Path] = ()
) -> AsyncIterator[list[Route]]:
    """What the server's own port has to serve of its metrics: nothing if they have one.

    Workers of a server meet in the first of `folders`.  Raises SettingsError.
    """
    if metrics is None:
        yield []
        return
    from repartee.server.metrics_port import hatch
    from repartee.server.metrics_route import Readings, exposure

    metrics.ask(Readings(edge))
    edge.lag.observe = metrics.observe_lag
    async with (
        exposure(metrics, folders) as told,
        hatch(settings, edge, told.route, shared=bool(folders)) as port,
    ):
        yield [told.route] if port is None else []


def starting(sessions: Sessions) -> StartSession:
    """How a client that was let in is served."""

    async def start_session(transport: WebSocketTransport, asked: Handshake) -> None:
        try:
            async with sessions.engines(asked.model):
                await _run(sessions, transport, asked)
        except EngineError as failure:
            log.error("engines cannot be loaded: %s", failure)
            unloadable().tell(transport)

    return start_session


async def _run(sessions: Sessions, transport: WebSocketTransport, asked: Handshake) -> None:
    try:
        driver = sessions.driver(
            transport,
            asked.model,
            asked.dialect,
            transcribes=asked.transcribes,
            terms=asked.terms,
            arrival=asked.arrival,
        )
    except Unopenable as error:
        unopenable(error.refused).tell(transport)
    else:
        await driver.run()


async def open_door(
    server: Server, guard: Access, process: Alone | None = None
) -> list[socket.socket]:
    """The sockets clients come to.  Raises SettingsError, and StoreError for keys."""
    if not is_loopback(server.host) and not guard.keys.required:
        raise SettingsError(
            f"server.host {server.host} can be reached from other machines and there is no key: "
            "make one with `repartee keys create NAME`, set REPARTEE_API_KEY, or listen on "
            "127.0.0.1"
        )
    return await (process or Alone()).open_door(server)


def _shut(door: list[socket.socket]) -> None:
    for each in door:
        each.close()


async def let_in(
    door: list[socket.socket],
    edge: Edge,
    pages: Application,
    ready: Ready,
    signals: Signals | None = None,
) -> None:
    """Let clients in by the sockets of `door` until a signal ends it.  Raises SettingsError."""
    server, loop = edge.server, asyncio.get_running_loop()
    try:
        secure = _secure(server)
    except SettingsError:
        _shut(door)
        raise
    listeners = [
        await loop.create_server(
            lambda: edge.expect(FrontDoor(edge, pages)), sock=each, backlog=BACKLOG, **secure
        )
        for each in door
    ]
    try:
        with signals or Signals() as signals:
            ready(base_url(server, door[0].getsockname()[1]))
            await signals.end.wait()
            if signals.retired:
                await _retire(listeners, edge, signals.now)
            await drain(edge, server.drain_s, signals.now)
    finally:
        for listener in listeners:
            listener.close()
            await listener.wait_closed()


def _secure(server: Server) -> dict[str, Any]:
    """What is said of TLS where a server is created.  Raises SettingsError."""
    context = tls.context(server)
    if context is None:
        return {}
    return {
        "ssl": context,
        "ssl_handshake_timeout": server.header_timeout_s,
        "ssl_shutdown_timeout": _TLS_GOODBYE_S,
    }


async def _retire(listeners: list[asyncio.Server], edge: Edge, now: asyncio.Event) -> None:
    """Take no more connections, and let those that have come say what they want."""
    edge.retiring = True
    for listener in listeners:
        listener.close()
    clock = asyncio.get_running_loop().time
    end = clock() + 2 * edge.server.header_timeout_s  # for the handshake, and for the head
    hurry = asyncio.ensure_future(now.wait())
    while (edge.arriving or edge.doors) and clock() < end and not hurry.done():
        await asyncio.wait({hurry}, timeout=_GLANCE_S)
    hurry.cancel()


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: it takes a fifth off what a message costs, a third with TLS."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
