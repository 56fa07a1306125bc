"""What visitors of a doorway do with keys: make them, show them, read what they are told."""

import json
import time
from pathlib import Path
from typing import Any

from repartee.keys.database import Database
from repartee.keys.limits import Limits
from repartee.keys.store import Keys, NewKey
from server.doorway import Answer, Doorway
from transports.raw_socket import RawSocket

SECRETS = "/v1/realtime/client_secrets"
SESSIONS = "/v1/realtime/sessions"
TRANSCRIPTIONS = "/v1/realtime/transcription_sessions"


def new_key(file: Path, **limits: Any) -> NewKey:
    """A key in the file of a doorway's keys."""
    return Keys(Database(file)).create("tests", Limits(**limits), time.time())


async def post(
    door: Doorway, path: str, body: Any = None, key: str | None = None, *headers: str
) -> Answer:
    """Send a body, by default an empty object, with a key if one is given."""
    lines = [f"POST {path}", "Content-Type: application/json", *headers]
    if key is not None:
        lines.append(f"Authorization: Bearer {key}")
    sent = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
    return await door.ask("\n".join(lines), sent)


async def mint(door: Doorway, session: Any = None, key: str | None = None, **more: Any) -> str:
    """An ephemeral key for a GA session."""
    answer = await post(door, SECRETS, {"session": session, **more}, key)
    assert answer.status == 200, answer.body
    value: str = answer.json["value"]
    return value


async def enter(
    door: Doorway, key: str | None = None, query: str = "", **headers: str
) -> RawSocket:
    """A client whose WebSocket was granted."""
    client = await door.connect()
    if key is not None:
        headers["authorization"] = f"Bearer {key}"
    head = await client.request(f"/v1/realtime{query}", **headers)
    assert "101" in head.splitlines()[0], head
    return client


async def turned_away(door: Doorway, key: str | None = None, query: str = "") -> tuple[str, int]:
    """The code of the error, and of the close frame, that a client gets instead of a session."""
    client = await enter(door, key, query)
    event = json.loads(await client.text())
    assert event["type"] == "error"
    code, reason = await client.goodbye()
    assert reason.endswith(f".{event['error']['code']}")
    return event["error"]["code"], code


async def said(client: RawSocket) -> dict[str, Any]:
    """The next event."""
    event: dict[str, Any] = json.loads(await client.text())
    return event
