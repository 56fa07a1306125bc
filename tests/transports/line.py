"""Both ends of a WebSocket, without a front door before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from msgspec import Struct

from repartee.transports.websocket import Bounds, Transport, WebSocketTransport, upgrade
from transports.raw_socket import RawSocket


class Upgrader(asyncio.Protocol):
    """Upgrades whatever connects, once its request is complete."""

    def __init__(self, bounds: Bounds, upgraded: asyncio.Queue[WebSocketTransport]) -> None:
        self._bounds = bounds
        self._upgraded = upgraded
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, end, rest = self._read.partition(b"\r\n\r\n")
        if end:
            lines = dict(line.split(": ", 1) for line in head.decode().splitlines()[1:])
            key = {name.lower(): value for name, value in lines.items()}["sec-websocket-key"]
            socket = upgrade(self._transport, key, "realtime", rest, self._bounds)
            self._upgraded.put_nowait(socket)


class Line(Struct):
    """Both ends of a connection, and what ours has heard."""

    ours: WebSocketTransport
    client: RawSocket
    heard: "asyncio.Queue[bytes | None]"


@asynccontextmanager
async def listening(
    bounds: Bounds,
) -> AsyncIterator[tuple[int, "asyncio.Queue[WebSocketTransport]"]]:
    upgraded: asyncio.Queue[WebSocketTransport] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Upgrader(bounds, upgraded), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1], upgraded


@asynccontextmanager
async def connected(*, listen: bool = True, **bounds: Any) -> AsyncIterator[Line]:
    async with listening(Bounds(**bounds)) as (port, upgraded):
        client = await RawSocket.connect(port)
        assert "101" in (await client.request()).splitlines()[0]
        line = Line(await upgraded.get(), client, asyncio.Queue())
        if listen:
            start_hearing(line)
        yield line
        await client.close()
        await gone(line.ours)


def stream_of(line: Line) -> asyncio.Transport:
    stream: asyncio.Transport = line.ours._wire.underlying_transport
    return stream


def start_hearing(line: Line) -> None:
    line.ours.listen(line.heard.put_nowait, lambda: line.heard.put_nowait(None))


async def gone(transport: Transport) -> None:
    async with asyncio.timeout(10):
        await transport.wait_closed()
