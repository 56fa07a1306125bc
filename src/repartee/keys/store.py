"""API keys: made, found again by what a client shows, revoked.

Of a key's text only the SHA-256 is kept, which 256 random bits need no salt for, and as much as
its owner knows it by.
"""

import hmac
import secrets
import string
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from repartee.keys.database import Database, StoreError
from repartee.keys.limits import Limits
from repartee.settings import Keys as KeySettings
from repartee.settings.folders import state_folder

PREFIX = "sk-rp-"
FRESH_S = 2.0
"""For so long a key is taken as it was found before; then the file is asked again."""

_ALPHABET = string.ascii_letters + string.digits
_CHARACTERS = 43  # of 62 kinds: 256 bits
_SHOWN = len(PREFIX) + 6  # of the beginning; of the end, four
_COLUMNS = "id, digest, shown, name, created, revoked, limits"


class ApiKey(Struct, frozen=True, kw_only=True):
    """What is known of a key: never its text.  Times are Unix seconds."""

    id: str
    name: str
    shown: str
    created: int = 0
    revoked: int | None = None
    limits: Limits = Limits()


STATIC = ApiKey(id="static", name="server.api_key", shown="…")
"""The one key of the settings; nothing limits it."""

OPEN = ApiKey(id="open", name="no key", shown="…")
"""Stands for whoever comes while the server asks for no key at all."""


class NewKey(NamedTuple):
    """A key just made; `text` is shown to its owner once and forgotten."""

    text: str
    key: ApiKey

    def __repr__(self) -> str:  # never the text
        return f"NewKey({self.key.id!r})"


class KeyNotFound(LookupError):
    """No key is meant by what was given, or more than one; the message says which."""


class Keys:
    """All keys that the server takes.

    `find` and `get` may be asked on the event loop; `create` and `revoke` may wait for another
    writer.  All raise StoreError where the file cannot be used.  A key that another process
    revokes is refused after FRESH_S at the latest.
    """

    def __init__(
        self,
        database: Database,
        *,
        static: str | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._static = None if static is None else _digest(static)
        self._clock = clock
        self._found: dict[str | bytes, tuple[float, ApiKey]] = {}
        self._revoked: set[str] = set()  # here, so that no answer on its way can outlive it
        self._required = (-FRESH_S, static is not None)

    @property
    def required(self) -> bool:
        """Whether clients must show a key: one is in the settings, or one was ever made."""
        asked, required = self._required
        if not required and self._clock() - asked >= FRESH_S:
            required = bool(self._database.read("SELECT 1 FROM api_keys LIMIT 1"))
            self._required = self._clock(), required
        return required

    def find(self, text: str) -> ApiKey | None:
        """The key whose text this is, unless it was revoked."""
        digest = _digest(text)
        if self._static is not None and hmac.compare_digest(digest, self._static):
            return STATIC
        return self._look("digest", digest)

    def get(self, id: str) -> ApiKey | None:
        """The key of this id, unless it was revoked: that of an ephemeral key's parent."""
        if id == STATIC.id:
            return STATIC if self._static is not None else None
        if id == OPEN.id:
            return None if self.required else OPEN
        return self._look("id", id)

    def all(self) -> list[ApiKey]:
        """Every key ever made, the oldest first; not that of the settings."""
        rows = self._database.read(f"SELECT {_COLUMNS} FROM api_keys ORDER BY created, rowid")
        return [_key(row) for row in rows]

    def create(self, name: str, limits: Limits, now: float) -> NewKey:
        """A new key, and its text, which cannot be had again."""
        text = PREFIX + _random(_CHARACTERS)
        shown = f"{text[:_SHOWN]}…{text[-4:]}"
        key = ApiKey(
            id=f"key_{_random(16)}", name=name, shown=shown, created=int(now), limits=limits
        )
        self._database.write(
            f"INSERT INTO api_keys ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, NULL, ?)",
            *(key.id, _digest(text), shown, name, key.created),
            msgspec.json.encode(limits).decode(),
        )
        self._required = self._clock(), True
        return NewKey(text, key)

    def revoke(self, id: str, now: float) -> None:
        """Refuse a key from now on: here at once, in other processes after FRESH_S."""
        statement = "UPDATE api_keys SET revoked = ? WHERE id = ? AND revoked IS NULL"
        self._database.write(statement, int(now), id)
        self._revoked.add(id)

    def meant(self, word: str) -> ApiKey:
        """The key that a person means by an id, by the whole text, or by how it begins.

        Raises KeyNotFound.
        """
        exact = self._read("id", word) or self._read("digest", _digest(word))
        found = [exact] if exact else [key for key in self.all() if _begins(key, word)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise KeyNotFound("no such key: `repartee keys list` shows them all")
        raise KeyNotFound(f"{len(found)} keys begin like this: give more of it, or the id")

    def _look(self, column: Literal["id", "digest"], value: str | bytes) -> ApiKey | None:
        seen = self._found.get(value)
        now = self._clock()
        key = seen[1] if seen and now - seen[0] < FRESH_S else self._read(column, value)
        if key is None or key.revoked is not None or key.id in self._revoked:
            self._found.pop(value, None)
            return None
        if seen is None or key is not seen[1]:
            self._found[value] = now, key
        return key

    def _read(self, column: Literal["id", "digest"], value: str | bytes) -> ApiKey | None:
        statement = f"SELECT {_COLUMNS} FROM api_keys WHERE {column} = ?"
        for row in self._database.read(statement, value):
            if column == "id" or hmac.compare_digest(row[1], value):
                return _key(row)
        return None


def database(settings: KeySettings) -> Database:
    """The file that the settings name."""
    named = settings.database
    return Database(state_folder() / "repartee.db" if named is None else Path(named).expanduser())


def _key(row: tuple[Any, ...]) -> ApiKey:
    id, _, shown, name, created, revoked, written = row
    try:
        limits = msgspec.json.decode(written, type=Limits)
    except msgspec.DecodeError:
        raise StoreError(f"the limits of {id} cannot be read") from None
    return ApiKey(id=id, name=name, shown=shown, created=created, revoked=revoked, limits=limits)


def _begins(key: ApiKey, word: str) -> bool:
    beginning = key.shown.partition("…")[0]
    # Less than a character of its own would mean every key.
    least = len(PREFIX if word.startswith(PREFIX) else "key_")
    return len(word) > least and (beginning.startswith(word) or key.id.startswith(word))


def _random(characters: int) -> str:
    return "".join(secrets.choice(_ALPHABET) for _ in range(characters))


def _digest(text: str) -> bytes:
    return sha256(text.encode("utf-8", "surrogatepass")).digest()
