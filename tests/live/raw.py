"""A WebSocket without any client's manners."""

import asyncio
import json
import ssl
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from live.caller import PATIENCE_S

REALTIME, TRANSCRIPTION = "model=gpt-realtime", "intent=transcription"


def connected(
    url: str,
    asking: str = REALTIME,
    *,
    beta: bool = False,
    key: str | None = None,
    trust: Path | None = None,
) -> connect:
    """A connection to the server at a base URL; `asking` says for which kind of session.

    `trust` is the certificate of a server that signs its own.
    """
    address = f"{url.replace('http', 'ws', 1)}/realtime?{asking}"
    headers = {"OpenAI-Beta": "realtime=v1"} if beta else {}
    if key is not None:
        headers["Authorization"] = f"Bearer {key}"
    secure = None if trust is None else ssl.create_default_context(cafile=trust)
    return connect(address, max_size=None, compression=None, additional_headers=headers, ssl=secure)


async def until(connection: ClientConnection, kind: str) -> dict[str, Any]:
    """The next event of this kind."""
    async with asyncio.timeout(PATIENCE_S):
        while True:
            event: dict[str, Any] = json.loads(await connection.recv())
            if event["type"] == kind:
                return event
