"""What all connections of one server share: who may come in, and who is inside."""

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any, Protocol

import msgspec

from repartee.server.access import Access
from repartee.server.floods import Floods
from repartee.server.problems import Problem, draining
from repartee.server.request import Request
from repartee.server.websocket_route import (
    Handshake,
    Refusal,
    StartSession,
    check_upgrade,
    choose_subprotocol,
    handshake,
    refusal,
)
from repartee.settings import Server
from repartee.transports.websocket import INTERNAL_ERROR, OK, Bounds, WebSocketTransport, upgrade

log = logging.getLogger(__name__)

_OPEN_PATHS = ("/healthz", "/readyz")  # probes have no key, and are told nothing
_REFUSED_CLOSE_S = 1.0  # a client without a session is not kept


class Door(Protocol):
    """A connection that is not a session (yet)."""

    def close(self) -> None:
        """End it, after the answer that is under way."""

    def abort(self) -> None:
        """End it at once."""


class Edge:
    """The connections of one server: those that speak HTTP, and the sessions."""

    def __init__(self, server: Server, start_session: StartSession) -> None:
        self.server = server
        self.access = Access(server)
        self.draining = False
        self.doors: dict[Door, asyncio.Future[None]] = {}
        self.sessions: dict[asyncio.Task[None], WebSocketTransport] = {}
        self._start_session = start_session
        self.tasks: set[asyncio.Task[None]] = set()
        self.floods = Floods(self.server)
        self._bounds = Bounds(
            max_message_bytes=server.max_message_bytes,
            output_lead_bytes=server.output_lead_bytes,
            slow_consumer_s=server.slow_consumer_s,
        )

    def enter(self, door: Door) -> None:
        """A connection has come in."""
        self.doors[door] = asyncio.get_running_loop().create_future()

    def leave(self, door: Door) -> None:
        """A connection is down, or has become a WebSocket."""
        gone = self.doors.pop(door, None)
        if gone and not gone.done():
            gone.set_result(None)

    def run(self, work: Coroutine[Any, Any, None]) -> None:
        """Do something for a connection beside the others."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def check_address(self, request: Request, peer: object, flooding: Problem | None) -> None:
        """Refuse an address that asks too often.  Problem (429); probes are always answered.

        `flooding` is what `Floods.arrive` had to say of the connection.
        """
        if request.path in _OPEN_PATHS:
            return
        if flooding is not None:
            raise flooding
        self.floods.check(peer, asyncio.get_running_loop().time())

    def wrong_key(self, peer: object) -> None:
        """A key from this address was refused."""
        self.floods.wrong_key(peer, asyncio.get_running_loop().time())

    def check(self, request: Request) -> None:
        """Refuse a request that comes from the wrong place or has no right key.  Raises Problem.

        A WebSocket's key is judged after the upgrade, where its client looks for the answer.
        """
        self.access.check_origin(request)
        if not request.wants_websocket and request.path not in _OPEN_PATHS:
            self.access.check_key(request)

    def check_upgrade(self, request: Request) -> str:
        """The Sec-WebSocket-Key of a request that may be upgraded now.  Raises Problem."""
        key = check_upgrade(request)
        if self.draining:
            raise draining()
        return key

    def upgrade(self, stream: asyncio.Transport, request: Request, key: str, rest: bytes) -> None:
        """Make a session of a connection, or tell the client why it gets none."""
        refused = refusal(request, self.access)
        bounds = self._bounds
        if refused is not None:
            log.info("session refused", extra={"code": refused.code})
            if refused.code == "invalid_api_key":
                self.wrong_key(stream.get_extra_info("peername"))
            bounds = msgspec.structs.replace(bounds, close_s=_REFUSED_CLOSE_S)
        transport = upgrade(stream, key, choose_subprotocol(request), rest, bounds)
        session = self._serve(transport, handshake(request), refused)
        task = asyncio.create_task(session)
        self.sessions[task] = transport
        task.add_done_callback(self.sessions.pop)

    async def _serve(
        self, transport: WebSocketTransport, asked: Handshake, refused: Refusal | None
    ) -> None:
        try:
            if refused is not None:
                refused.tell(transport)
            else:
                await self._start_session(transport, asked)
                transport.close(OK, "")
        except Exception:
            log.exception("session failed")
            transport.close(INTERNAL_ERROR, "internal error")
        finally:
            await transport.wait_closed()
