"""Another repartee to ask, in this process, and a tap on the way to it."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from msgspec import structs
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from repartee.server.drain import drain
from repartee.server.front_door import FrontDoor
from repartee.settings import Choice
from server.doorway import edge_of, furnished, pages_of


@asynccontextmanager
async def serving(mind: str = "repartee-echo", **options: Any) -> AsyncIterator[str]:
    """The base URL of a server whose voice hums and whose mind is this."""
    settings = structs.replace(furnished(), mind=Choice(mind, options))
    edge = edge_of(settings, None)
    behind = pages_of(edge)
    listener = await asyncio.get_running_loop().create_server(
        lambda: FrontDoor(edge, behind), "127.0.0.1", 0
    )
    try:
        yield f"http://127.0.0.1:{listener.sockets[0].getsockname()[1]}/v1"
    finally:
        listener.close()
        await drain(edge, 0, asyncio.Event())


class Tap:
    """What goes by; `drop` takes down every connection that is open."""

    def __init__(self, url: str) -> None:
        self.url = ""
        self.paths: list[str] = []
        self.asked: list[dict[str, Any]] = []
        self.told: list[dict[str, Any]] = []
        self._upstream = url.replace("http", "ws", 1).removesuffix("/v1")
        self._open: set[ServerConnection] = set()
        self._news = asyncio.Condition()

    def all_asked(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.asked if event["type"] == kind]

    def all_told(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.told if event["type"] == kind]

    @property
    def connections(self) -> int:
        """How many are open."""
        return len(self._open)

    async def has_told(self, kind: str, times: int = 1) -> None:
        """Wait until the server has told this so often."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.all_told(kind)) >= times)

    async def has_asked(self, kind: str, times: int = 1) -> None:
        """Wait until the server was asked this so often."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: len(self.all_asked(kind)) >= times)

    async def emptied(self) -> None:
        """Wait until no connection is open."""
        async with asyncio.timeout(10), self._news:
            await self._news.wait_for(lambda: not self._open)

    async def drop(self) -> None:
        for connection in tuple(self._open):
            connection.transport.abort()
        await self.emptied()

    async def pass_on(self, client: ServerConnection) -> None:
        assert client.request is not None
        self.paths.append(client.request.path)
        self._open.add(client)
        address = self._upstream + client.request.path
        async with connect(address, max_size=None, compression=None) as server:
            await asyncio.gather(
                self._carry(client, server, self.asked), self._carry(server, client, self.told)
            )
        self._open.discard(client)
        async with self._news:
            self._news.notify_all()

    async def _carry(
        self,
        source: ServerConnection | ClientConnection,
        target: ServerConnection | ClientConnection,
        record: list[dict[str, Any]],
    ) -> None:
        with suppress(ConnectionClosed):
            async for frame in source:
                record.append(json.loads(frame))
                await target.send(frame)
                async with self._news:
                    self._news.notify_all()
        await target.close()


@asynccontextmanager
async def tapped(url: str) -> AsyncIterator[Tap]:
    """A tap on the way to `url`; the server may never have found fault with what was asked."""
    tap = Tap(url)
    async with serve(tap.pass_on, "127.0.0.1", 0, max_size=None, compression=None) as door:
        tap.url = f"http://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}/v1"
        yield tap
    assert tap.all_told("error") == []
