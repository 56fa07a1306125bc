"""How a client that was let in is served, or told why not."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from repartee.engines.protocols import EngineError
from repartee.runtime.sessions import Sessions
from repartee.server.app import starting
from repartee.server.websocket_route import Handshake
from repartee.transports.websocket import WebSocketTransport


class Wire:
    """What a client is sent."""

    def __init__(self) -> None:
        self.events: list[dict[str, Any]] = []
        self.closed_with: tuple[int, str] | None = None

    def send(self, frame: bytes) -> None:
        self.events.append(json.loads(frame))

    def close(self, code: int, reason: str) -> None:
        self.closed_with = (code, reason)


class Unloadable:
    """Sessions of a model whose engines cannot be loaded."""

    @asynccontextmanager
    async def engines(self, model: str | None) -> AsyncIterator[None]:
        raise EngineError("there is no such file: /models/secret-plan")
        yield


async def test_where_engines_cannot_be_loaded_the_client_may_try_again() -> None:
    wire = Wire()
    start = starting(cast(Sessions, Unloadable()))
    await start(cast(WebSocketTransport, wire), Handshake("lame"))
    (event,) = wire.events
    assert (event["type"], event["error"]["type"]) == ("error", "server_error")
    assert event["error"]["code"] == "engine_error"
    assert "secret-plan" not in json.dumps(event)
    assert wire.closed_with == (1013, "server_error.engine_error")
