"""The server as a whole: listens, joins the rooms, and ends in good order."""

import asyncio
import errno
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from repartee.runtime.engines import Engines
from repartee.runtime.sessions import Sessions
from repartee.server import tls
from repartee.server.access import is_loopback
from repartee.server.drain import Signals, drain
from repartee.server.edge import Edge
from repartee.server.front_door import FrontDoor
from repartee.server.http_routes import application
from repartee.server.websocket_route import Handshake, StartSession
from repartee.settings import Settings, SettingsError
from repartee.transports.websocket import WebSocketTransport

log = logging.getLogger(__name__)

_BACKLOG = 1024

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
    engines = Engines(settings)
    await engines.open()
    sessions = Sessions(settings, engines)

    async def start_session(transport: WebSocketTransport, asked: Handshake) -> None:
        await sessions.driver(transport, asked.model).run()

    try:
        await serve(settings, start_session, ready)
    finally:
        await engines.close()


async def serve(settings: Settings, start_session: StartSession, ready: Ready) -> None:
    """Listen, and give each client that comes in a session, until a signal ends it.

    Raises SettingsError.
    """
    server = settings.server
    if server.api_key is None and not is_loopback(server.host):
        raise SettingsError(
            f"server.host {server.host} can be reached from other machines and no key is set: "
            "set REPARTEE_API_KEY, or listen on 127.0.0.1"
        )
    context = tls.context(server)
    edge = Edge(server, start_session)
    pages = application(edge, settings.models)
    loop = asyncio.get_running_loop()
    # A TLS handshake is given as long as a request's head.
    timing: dict[str, Any] = {}
    if context is not None:
        timing = {"ssl": context, "ssl_handshake_timeout": server.header_timeout_s}
    sockets = await _listen(server.host, server.port)
    listeners = [
        await loop.create_server(
            lambda: FrontDoor(edge, pages), sock=each, backlog=_BACKLOG, **timing
        )
        for each in sockets
    ]
    try:
        with Signals() as signals:
            ready(_url(server.host, sockets[0].getsockname()[1], context is not None))
            await signals.end.wait()
            await drain(edge, server.drain_s, signals.now)
    finally:
        for listener in listeners:
            listener.close()
            await listener.wait_closed()


async def _listen(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of `host`, all with the same port.  Raises SettingsError."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        for family, _, _, _, address in dict.fromkeys(found):
            sockets.append(_bound(family, (address[0], port, *address[2:])))
            port = sockets[0].getsockname()[1]
    except OSError as error:
        for each in sockets:
            each.close()
        raise SettingsError(remedy(host, port, error)) from None
    return sockets


def _bound(family: int, address: tuple[Any, ...]) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.setblocking(False)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def remedy(host: str, port: int, error: OSError) -> str:
    """Why we cannot listen there, and what to do about it."""
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return (
            f"server.host {host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all"
        )
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what uses it, or choose one with --port"
    if error.errno == errno.EACCES:
        return (
            f"port {port} needs more rights than this user has: choose one above 1023 with --port"
        )
    return f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"


def _url(host: str, port: int, secure: bool) -> str:
    name = f"[{host}]" if ":" in host else host
    return f"{'https' if secure else 'http'}://{name}:{port}/v1"


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop where it is installed: it takes about a third off what a message costs."""
    try:
        import uvloop
    except ImportError:
        return None
    factory: Callable[[], asyncio.AbstractEventLoop] = uvloop.new_event_loop
    return factory
