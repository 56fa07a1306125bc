"""The side door: here other workers hand over the connections of clients who want this one.

It is a Unix socket in the private folder of the run; nobody else can come this way, so that what is
said here of a client's address is believed.
"""

import asyncio
import socket
from typing import Any, cast

import msgspec

from repartee.server.edge import Edge
from repartee.server.exchange import Application
from repartee.server.front_door import FrontDoor
from repartee.server.workers.handover import LENGTH


class SideDoor(asyncio.Protocol):
    """A connection until it has said whose it is; then it goes on as if it had come in in front."""

    def __init__(self, edge: Edge, application: Application) -> None:
        self._edge = edge
        self._application = application
        self._transport: asyncio.Transport
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._unread += data
        end = LENGTH + int.from_bytes(self._unread[:LENGTH])
        if len(self._unread) < max(end, LENGTH):
            return
        peer = msgspec.json.decode(self._unread[LENGTH:end])
        door = FrontDoor(self._edge, self._application, is_handed_over=True)
        self._transport.set_protocol(door)
        handed: Any = HandedOver(self._transport, tuple(peer) if peer else None)
        door.connection_made(handed)
        if rest := self._unread[end:]:
            door.data_received(rest)


class HandedOver:
    """The transport of a client that another worker carries here."""

    def __init__(self, transport: asyncio.Transport, peer: object) -> None:
        self._transport = transport
        quiet = _Quiet(transport.get_extra_info("socket"))
        self._known = {"peername": peer, "sockname": None, "socket": quiet}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)

    def get_extra_info(self, name: str, default: object = None) -> Any:
        """What is known of the client; of the rest, what the transport knows."""
        if name in self._known:
            return self._known[name]
        return self._transport.get_extra_info(name, default)


class _Quiet:
    """A Unix socket that lets itself be asked for TCP: it has nothing to hold back anyway."""

    def __init__(self, inner: socket.socket) -> None:
        self._inner = inner

    def __getattr__(self, name: str) -> Any:
        return getattr(self._inner, name)

    def setsockopt(self, level: int, option: int, value: int) -> None:
        if level != socket.IPPROTO_TCP:
            self._inner.setsockopt(level, option, value)

    def getsockopt(self, level: int, option: int) -> int:
        return 1 if level == socket.IPPROTO_TCP else self._inner.getsockopt(level, option)
