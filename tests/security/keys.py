"""Keys for attacks: made beside the server, in the file that it reads, or forged."""

import json
import time
from pathlib import Path
from typing import Any

from live.server import Server
from repartee.keys.database import Database
from repartee.keys.limits import Limits
from repartee.keys.sealing import Sealer, SealingKey, Secret
from repartee.keys.store import STATIC, Keys, NewKey
from security.wire import ask
from server.doorway import Answer
from server.visitors import SECRETS

NEW, OLD, RETIRED = (
    SealingKey(kid, kid.encode().ljust(32, b".")) for kid in ("new", "old", "retired")
)
SHARED = (NEW, OLD)
"""With which the server seals, and opens; another that shares them opens its keys, too."""


class _NoShelf:
    def put(self, reference: bytes, sealed: bytes, expires: int) -> None:
        raise AssertionError("a session that is too long")

    def get(self, reference: bytes) -> bytes | None:
        return None


def sealed(by: SealingKey = NEW, *, age_s: float = 0, life_s: float = 600, **more: Any) -> str:
    """An ephemeral key as another server would have made it, by its clock, `age_s` ago."""
    issued = int(time.time() - age_s)
    secret = Secret(
        key_id=STATIC.id,
        issued=issued,
        expires=int(issued + life_s),
        session=b'{"type":"realtime"}',
        **more,
    )
    return Sealer([by], _NoShelf()).seal(secret)


def file_of(server: Server) -> Path:
    """Where the server finds its API keys."""
    return server.log.parent / "repartee" / "repartee.db"


def new_key(server: Server, **limits: Any) -> NewKey:
    """An API key, made in another process than the server's, as `repartee keys create` does."""
    return Keys(Database(file_of(server))).create("attacker", Limits(**limits), time.time())


def revoke(server: Server, key: NewKey) -> None:
    Keys(Database(file_of(server))).revoke(key.key.id, time.time())


async def post(
    server: Server, key: str, body: Any = None, path: str = SECRETS, *headers: str
) -> Answer:
    """Ask for an ephemeral key."""
    lines = [f"POST {path}", "Content-Type: application/json", f"Authorization: Bearer {key}"]
    sent = json.dumps({} if body is None else body).encode()
    return await ask(server, "\n".join([*lines, *headers]), sent)


async def minted(server: Server, key: str, session: Any = None, *headers: str) -> str:
    """An ephemeral key."""
    body = {} if session is None else {"session": {"type": "realtime", **session}}
    answer = await post(server, key, body, SECRETS, *headers)
    assert answer.status == 200, answer.body
    value: str = answer.json["value"]
    return value
