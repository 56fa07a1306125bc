"""A WebSocket without any client's manners."""

import asyncio
import json
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from live.caller import PATIENCE_S


def connected(url: str) -> connect:
    """A connection to the server at a base URL."""
    address = url.replace("http", "ws", 1) + "/realtime?model=gpt-realtime"
    return connect(address, max_size=None, compression=None)


async def until(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """The next event of this kind."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            event: dict[str, Any] = json.loads(await connection.recv())
            if event["type"] == kind:
                return event
