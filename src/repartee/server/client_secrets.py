"""Ephemeral keys: made for a session that is described beforehand, and good for opening it.

What is bound to one is checked here as far as it can be, by the same rules by which the session
will read it.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any

from msgspec import Struct

from repartee.keys.database import StoreError
from repartee.keys.sealing import Secret
from repartee.protocol import creation
from repartee.protocol.config import AnyConfig
from repartee.protocol.creation import Creation
from repartee.protocol.errors import Refused
from repartee.runtime.sessions import Sessions, Terms, Unopenable
from repartee.server.access import Access, Caller, project_of, safety_identifier
from repartee.server.problems import bad_body, cannot_keep, forbidden_model
from repartee.server.request import Request

log = logging.getLogger(__name__)

Read = Callable[[bytes], Creation | Refused]


class Made(Struct, frozen=True):
    """A key, until when it opens sessions (Unix seconds), and the session it begins with."""

    value: str
    expires_at: int
    session: dict[str, Any]

    def __repr__(self) -> str:  # never the key
        return f"Made(expires_at={self.expires_at})"


class ClientSecrets:
    """Makes ephemeral keys for the holders of API keys."""

    def __init__(
        self, access: Access, sessions: Sessions, clock: Callable[[], float] = time.time
    ) -> None:
        self._access = access
        self._sessions = sessions
        self._clock = clock

    async def client_secret(self, request: Request, body: bytes) -> dict[str, Any]:
        """POST /v1/realtime/client_secrets.  Raises Problem, as the others do."""
        made = await self._make(request, body, creation.client_secret)
        return {"value": made.value, "expires_at": made.expires_at, "session": made.session}

    async def session(self, request: Request, body: bytes) -> dict[str, Any]:
        """POST /v1/realtime/sessions."""
        return _with_secret(await self._make(request, body, creation.session))

    async def transcription_session(self, request: Request, body: bytes) -> dict[str, Any]:
        """POST /v1/realtime/transcription_sessions."""
        return _with_secret(await self._make(request, body, creation.transcription_session))

    async def _make(self, request: Request, body: bytes, read: Read) -> Made:
        caller = self._access.caller(request)
        asked = read(body)
        if isinstance(asked, Refused):
            raise bad_body(asked)
        config = self._effective(asked, caller)
        now = int(self._clock())
        secret = Secret(
            key_id=caller.key.id,
            issued=now,
            expires=now + asked.life_s,
            kind=asked.kind,
            dialect=asked.dialect,
            session=asked.words,
            safety_identifier=safety_identifier(request),
            project=project_of(request),
        )
        try:
            # A session that is too long for a key is written to a file, which may have to wait.
            value = await asyncio.to_thread(self._access.sealer.seal, secret)
        except StoreError as error:
            log.error("%s", error)
            raise cannot_keep() from None
        return Made(value, secret.expires, asked.show(config))

    def _effective(self, asked: Creation, caller: Caller) -> AnyConfig:
        """The configuration that a session of this key will begin with."""
        model = asked.model or self._sessions.default_model
        if not caller.key.limits.allows(model):
            raise forbidden_model(model, "session.model" if asked.is_nested else "model")
        terms = Terms(caller.key_id, caller.key.limits, asked.said)
        transcribes = asked.kind == "transcription"
        try:
            return self._sessions.effective(
                model, asked.writes, transcribes=transcribes, terms=terms
            )
        except Unopenable as error:
            raise bad_body(asked.fault(error.refused)) from None


def _with_secret(made: Made) -> dict[str, Any]:
    """As the beta API answers: the session, its key inside."""
    secret = {"value": made.value, "expires_at": made.expires_at}
    return made.session | {"client_secret": secret}
