"""A server that says what a test wants it to say, and a client without any server."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

from websockets.asyncio.server import ServerConnection, serve

from conformance.sessions import SESSION
from repartee.conformance.play.client import Client
from repartee.transports.client import Event, Wire

Talk = Callable[[ServerConnection], Awaitable[None]]

CREATED: Event = {"type": "session.created", "event_id": "event_created", "session": SESSION}


@asynccontextmanager
async def talking(talk: Talk, **options: Any) -> AsyncIterator[str]:
    """A base URL at which `talk` answers every connection."""
    async with serve(talk, "127.0.0.1", 0, compression=None, **options) as door:
        yield f"http://127.0.0.1:{next(iter(door.sockets)).getsockname()[1]}/v1"


async def say(connection: ServerConnection, *events: Event) -> None:
    """Send events, one a frame."""
    for event in events:
        await connection.send(json.dumps(event))


async def polite(connection: ServerConnection) -> None:
    """Open a session, and answer each session.update; refuse whatever else is asked."""
    await say(connection, CREATED)
    async for frame in connection:
        asked = json.loads(frame)
        event_id = f"event_{asked['event_id']}"
        if asked["type"] == "session.update":
            updated = {"type": "session.updated", "session": SESSION, "event_id": event_id}
            await say(connection, updated)
        else:
            error = {"type": "invalid_request_error", "code": "invalid_value", "param": "type"}
            error |= {"message": "What?", "event_id": asked["event_id"]}
            await say(connection, {"type": "error", "error": error, "event_id": event_id})


class Unheard(Wire):
    """What a client sends goes nowhere."""

    def __init__(self) -> None:
        super().__init__(lambda message: None)
        self.sent: list[Any] = []

    def send(self, event: Event) -> None:
        self.sent.append(event)

    def send_text(self, text: bytes) -> None:
        self.sent.append(text)


def alone(*events: Event, patience_s: float = 0.05) -> tuple[Client, Unheard]:
    """A client to whom these events have come, and where it sends."""
    client, wire = Client("ga", patience_s), Unheard()
    client.wire = wire
    for event in events:
        client.take(event)
    return client, wire
