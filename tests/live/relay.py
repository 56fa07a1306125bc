"""A relay between clients and a server: it changes no frame, and writes every one down."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from live.record import Record, Side
from live.server import serving

# As the openai package has it; the relay is no bound of its own.
_PLAIN: dict[str, Any] = {"max_size": None, "compression": None}
_NO_STATUS = 1005
_VANISHED = 1006


@asynccontextmanager
async def relaying(upstream: str) -> AsyncIterator[str]:
    """A base URL that leads to another one; at the end nobody may have found any fault."""
    records: list[Record] = []

    async def pass_on(client: ServerConnection) -> None:
        record = Record()
        records.append(record)
        assert client.request is not None
        url = upstream.replace("http", "ws", 1) + client.request.path
        key = client.request.headers.get("Authorization", "")
        async with connect(url, additional_headers={"Authorization": key}, **_PLAIN) as server:
            await asyncio.gather(
                _carry("client", client, server, record), _carry("server", server, client, record)
            )

    async with serve(pass_on, "127.0.0.1", 0, **_PLAIN) as door:
        yield f"http://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}"
    faults = [record.faults() for record in records]
    assert not any(faults), faults


async def _carry(side: Side, source: Any, target: Any, record: Record) -> None:
    """Carry frames one way, and at the end the farewell, if there is any."""
    with suppress(ConnectionClosed):
        async for frame in source:
            record.add(side, frame)
            await target.send(frame)
    code, reason = source.close_code, source.close_reason
    if code == _VANISHED:
        record.broken_off = True
        target.transport.abort()
    else:
        await target.close(1000 if code == _NO_STATUS else code, reason)


@asynccontextmanager
async def served(folder: Path, *arguments: str) -> AsyncIterator[str]:
    """A server of one's own, and a watched way to it; see `serving`.

    It is started and ended beside the event loop, where what it asks for may be running.
    """
    server = serving(folder, *arguments)
    async with AsyncExitStack() as stack:
        upstream = await asyncio.to_thread(server.__enter__)
        stack.push_async_exit(lambda *raised: asyncio.to_thread(server.__exit__, *raised))
        yield await stack.enter_async_context(relaying(upstream.url))
