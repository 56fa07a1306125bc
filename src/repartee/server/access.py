"""Who may come in: the key of a request, and the web page that it comes from."""

import ipaddress
import logging
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

from msgspec import Struct

from repartee.keys.database import StoreError
from repartee.keys.sealing import PREFIX, Flaw, Sealer, Secret, UnusableSecret
from repartee.keys.sealing_keys import sealing_keys
from repartee.keys.shelf import BoundSessions
from repartee.keys.store import OPEN, ApiKey, Keys, database
from repartee.server.problems import Problem, no_keys, wrong_key
from repartee.server.request import Request
from repartee.settings import Settings
from repartee.settings.folders import state_folder

log = logging.getLogger(__name__)

_KEY_PROTOCOL = "openai-insecure-api-key."  # browsers cannot set headers on a WebSocket
_PROJECT_PROTOCOL = "openai-project."
_LONGEST_NAME = 64  # characters of what a client calls its user, and its project

_FLAWS: dict[Flaw, str] = {
    "expired": "This ephemeral key has expired: make another.",
    "early": "This ephemeral key is not valid yet: the clocks of two servers differ.",
    "lost": "The session of this ephemeral key cannot be found: make another.",
}


class Caller(Struct, frozen=True):
    """Whoever sends a request: with which API key, or with which ephemeral key made by it."""

    key: ApiKey
    secret: Secret | None = None

    @property
    def key_id(self) -> str | None:
        """For records of usage; None where no key is asked for."""
        return None if self.key.id == OPEN.id else self.key.id


class Access:
    """Judges requests by the settings and by the keys that were made.

    Without a key the server listens on loopback only and everybody there may use it; what must be
    kept out then are web pages from elsewhere, which can reach loopback through their visitor's
    browser, directly (told by Origin) or through a name of their own (told by Host).
    """

    def __init__(
        self,
        keys: Keys,
        sealer: Sealer,
        allowed_origins: tuple[str, ...] = (),
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.sealer = sealer
        self.keys = keys
        self._origins = frozenset(allowed_origins)
        self.clock = clock
        self.failures: Counter[str] = Counter()  # requests that were refused here, by why

    def lists(self, origin: str) -> bool:
        """Whether pages of this origin may read our answers."""
        return origin in self._origins

    def check_origin(self, request: Request) -> None:
        """Refuse a page from elsewhere.  Raises Problem (403)."""
        if self._needs_key():
            return
        host = request.header("host")
        if host is None or not is_loopback(_host_of(f"//{host}")):
            self.failures["host"] += 1
            raise Problem(
                403,
                "Without an API key this server answers to loopback names only. To use it under "
                "another name, make a key (`repartee keys create NAME`) or set REPARTEE_API_KEY.",
                code="host_not_allowed",
            )
        origin = request.header("origin")
        if origin is None or self.lists(origin) or is_loopback(_host_of(origin)):
            return
        self.failures["origin"] += 1
        raise Problem(
            403,
            "Web pages from elsewhere may not use this server: list their origin in "
            "server.allowed_origins.",
            code="origin_not_allowed",
        )

    def caller(self, request: Request, *, opens_session: bool = False) -> Caller:
        """Who sends this request.  Raises Problem: 401, code invalid_api_key, for a wrong key.

        Without a key of our own anything is taken but an ephemeral key that we did not make.  Such
        a key opens sessions, and is good for nothing else.
        """
        try:
            return self._caller(request, opens_session)
        except StoreError as error:
            log.error("%s", error)
            raise no_keys() from None

    def _needs_key(self) -> bool:
        """Whether there is any key; where that cannot be told, probes are still to be answered."""
        try:
            return self.keys.required
        except StoreError:
            return True

    def _caller(self, request: Request, opens_session: bool) -> Caller:
        keys, required = keys_of(request), self.keys.required
        if not required and not any(key.startswith(PREFIX) for key in keys):
            return Caller(OPEN)
        if not keys:
            raise self._wrong(
                "missing",
                "You didn't provide an API key. Send it as 'Authorization: Bearer KEY', or in a "
                f"browser's WebSocket as the subprotocol '{_KEY_PROTOCOL}KEY'.",
            )
        if len(keys) > 1:
            raise self._wrong(
                "several", "Different API keys were provided in one request: send one."
            )
        (text,) = keys
        key = self.keys.find(text) if required else None
        if key is not None:
            return Caller(key)
        if not text.startswith(PREFIX):
            raise self._wrong("incorrect", f"Incorrect API key provided: {masked(text)}.")
        if not opens_session:
            raise self._wrong(
                "ephemeral", "An ephemeral key opens sessions and nothing else: use an API key."
            )
        return self._holder(text, request)

    def _holder(self, text: str, request: Request) -> Caller:
        """Who holds an ephemeral key."""
        try:
            secret = self.sealer.open(text, self.clock())
        except UnusableSecret as error:
            log.info("ephemeral key refused", extra={"flaw": error.flaw})
            incorrect = f"Incorrect API key provided: {masked(text)}."
            raise self._wrong(error.flaw, _FLAWS.get(error.flaw, incorrect)) from None
        key = self.keys.get(secret.key_id)
        if key is None:
            raise self._wrong(
                "revoked", "The API key that made this ephemeral key is not valid any more."
            )
        project = project_of(request)
        if project is not None and secret.project not in (None, project):
            raise self._wrong("project", "This ephemeral key was made for another project.")
        return Caller(key, secret)

    def _wrong(self, flaw: str, message: str) -> Problem:
        """What a request is told whose key is wrong."""
        self.failures[flaw] += 1
        return wrong_key(message)


def access(settings: Settings, *spare: Path) -> Access:
    """As the settings have it.  Raises SettingsError for sealing keys that cannot be used.

    They are kept in `spare` folders where they cannot be in the usual one.
    """
    file = database(settings.keys)
    return Access(
        Keys(file, static=settings.server.api_key),
        Sealer(sealing_keys(settings.keys, state_folder(), *spare), BoundSessions(file)),
        settings.server.allowed_origins,
    )


def check_names(request: Request) -> None:
    """Refuse names that are too long to be kept.  Raises Problem (400)."""
    safety_identifier(request)
    project_of(request)


def safety_identifier(request: Request) -> str | None:
    """What the client calls its user.  Raises Problem (400) where that is too long."""
    return _short(request.header("openai-safety-identifier"), "OpenAI-Safety-Identifier")


def project_of(request: Request) -> str | None:
    """The project that the client names.  Raises Problem (400) where that is too long."""
    offered = request.words("sec-websocket-protocol")
    named = (word for word in offered if word.startswith(_PROJECT_PROTOCOL))
    project = request.header("openai-project") or next(named, "")
    return _short(project.removeprefix(_PROJECT_PROTOCOL), "OpenAI-Project")


def _short(text: str | None, header: str) -> str | None:
    if text is not None and len(text) > _LONGEST_NAME:
        message = f"{header} has {_LONGEST_NAME} characters at most."
        raise Problem(400, message, code="string_above_max_length", param=header)
    return text or None


def keys_of(request: Request) -> list[str]:
    """The different keys a request shows: as bearer token, as `api-key`, as a subprotocol."""
    found = []
    for value in request.all("authorization"):
        scheme, _, token = value.partition(" ")
        if scheme.lower() == "bearer":
            found.append(token.strip())
    found += request.all("api-key")
    for word in request.words("sec-websocket-protocol"):
        if word.startswith(_KEY_PROTOCOL):
            found.append(word.removeprefix(_KEY_PROTOCOL))
    return [key for key in dict.fromkeys(found) if key]


def masked(key: str) -> str:
    """As much of a key as its owner needs to know it again."""
    return f"{key[:3]}…{key[-4:]}" if len(key) >= 16 else "…"


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address means this machine, whatever a name server says."""
    if host is None:
        return False
    if host == "localhost" or host.endswith(".localhost"):  # RFC 6761 §6.3
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_of(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
