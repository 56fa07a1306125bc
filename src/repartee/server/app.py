"""The server as a whole: listens, joins the rooms, and ends in good order."""

import asyncio
import socket
from collections.abc import Callable
from typing import Any

from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.server import tls
from repartee.server.access import is_loopback
from repartee.server.drain import Signals, drain
from repartee.server.edge import Edge
from repartee.server.front_door import FrontDoor
from repartee.server.http_routes import application
from repartee.server.listening import BACKLOG, listen
from repartee.server.websocket_route import Handshake, StartSession
from repartee.settings import Server, Settings, SettingsError
from repartee.transports.websocket import WebSocketTransport

_TLS_GOODBYE_S = 5.0

Ready = Callable[[str], None]
"""Told the base URL once clients can connect."""


def run(settings: Settings, ready: Ready) -> int:
    """Serve until a signal ends it; the exit status.

    Raises SettingsError where the settings cannot be obeyed, EngineError or UnusableEngine where
    an engine cannot be used.
    """
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(_serve_sessions(settings, ready))
    return 0


async def _serve_sessions(settings: Settings, ready: Ready) -> None:
    engines = EnginesByModel(settings)
    sessions = Sessions(settings, engines)
    door = await _door(settings.server)  # a port in use is told before engines are loaded
    try:
        await engines.open()
    except BaseException:
        _shut(door)
        raise

    async def start_session(transport: WebSocketTransport, asked: Handshake) -> None:
        await sessions.driver(
            transport, asked.model, asked.dialect, transcribes=asked.transcribes
        ).run()

    try:
        await _serve_at(door, settings, start_session, ready)
    finally:
        await engines.close()


async def serve(settings: Settings, start_session: StartSession, ready: Ready) -> None:
    """Listen, and give each client that comes in a session, until a signal ends it.

    Raises SettingsError.
    """
    await _serve_at(await _door(settings.server), settings, start_session, ready)


async def _door(server: Server) -> list[socket.socket]:
    """The sockets clients come to.  Raises SettingsError."""
    if server.api_key is None and not is_loopback(server.host):
        raise SettingsError(
            f"server.host {server.host} can be reached from other machines and no key is set: "
            "set REPARTEE_API_KEY, or listen on 127.0.0.1"
        )
    return await listen(server.host, server.port)


def _shut(door: list[socket.socket]) -> None:
    for each in door:
        each.close()


async def _serve_at(
    door: list[socket.socket], settings: Settings, start_session: StartSession, ready: Ready
) -> None:
    server = settings.server
    try:
        context = tls.context(server)
    except SettingsError:
        _shut(door)
        raise
    edge = Edge(server, start_session)
    pages = application(edge, settings.models)
    loop = asyncio.get_running_loop()
    secure: dict[str, Any] = {}
    if context is not None:
        secure = {
            "ssl": context,
            "ssl_handshake_timeout": server.header_timeout_s,
            "ssl_shutdown_timeout": _TLS_GOODBYE_S,
        }
    listeners = [
        await loop.create_server(
            lambda: FrontDoor(edge, pages), sock=each, backlog=BACKLOG, **secure
        )
        for each in door
    ]
    try:
        with Signals() as signals:
            ready(_url(server.host, door[0].getsockname()[1], context is not None))
            await signals.end.wait()
            await drain(edge, server.drain_s, signals.now)
    finally:
        for listener in listeners:
            listener.close()
            await listener.wait_closed()


def _url(host: str, port: int, secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{name}:{port}/v1"


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: it takes a fifth off what a message costs, a third with TLS."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
