"""Who may come in: the key of a request, and the web page that it comes from."""

import hmac
import ipaddress
from hashlib import sha256
from urllib.parse import urlsplit

from repartee.server.problems import Problem, wrong_key
from repartee.server.request import Request
from repartee.settings import Server

_EPHEMERAL = "ek_"
_KEY_PROTOCOL = "openai-insecure-api-key."  # browsers cannot set headers on a WebSocket


class Access:
    """Judges requests by the settings.

    Without a key the server listens on loopback only and everybody there may use it; what must be
    kept out then are web pages from elsewhere, which can reach loopback through their visitor's
    browser, directly (told by Origin) or through a name of their own (told by Host).
    """

    def __init__(self, server: Server) -> None:
        self._key = server.api_key
        self._origins = set(server.allowed_origins)

    def check_origin(self, request: Request) -> None:
        """Refuse a page from elsewhere.  Raises Problem (403)."""
        if self._key is not None:
            return
        host = request.header("host")
        if host is None or not is_loopback(_host_of(f"//{host}")):
            raise Problem(
                403,
                "Without an API key this server answers to loopback names only. To use it under "
                "another name, set REPARTEE_API_KEY.",
                code="host_not_allowed",
            )
        origin = request.header("origin")
        if origin is None or origin in self._origins or is_loopback(_host_of(origin)):
            return
        raise Problem(
            403,
            "Web pages from elsewhere may not use this server: list their origin in "
            "server.allowed_origins.",
            code="origin_not_allowed",
        )

    def check_key(self, request: Request) -> None:
        """Refuse a missing or wrong key.  Raises Problem (401, code invalid_api_key).

        Without a key of our own anything is taken but an ephemeral key, which would stand for a
        session that was configured elsewhere.
        """
        keys = keys_of(request)
        if self._key is None:
            for key in keys:
                if key.startswith(_EPHEMERAL):
                    raise wrong_key(f"Incorrect API key provided: {masked(key)}.")
            return
        if not keys:
            raise wrong_key(
                "You didn't provide an API key. Send it as 'Authorization: Bearer KEY', or in a "
                f"browser's WebSocket as the subprotocol '{_KEY_PROTOCOL}KEY'."
            )
        if len(keys) > 1:
            raise wrong_key("Different API keys were provided in one request: send one.")
        (key,) = keys
        if not _same(key, self._key):
            raise wrong_key(f"Incorrect API key provided: {masked(key)}.")


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


def _same(given: str, expected: str) -> bool:
    """Compare in a time that tells neither where they differ nor how long the key is."""
    return hmac.compare_digest(
        sha256(given.encode()).digest(),
        sha256(expected.encode()).digest(),
    )
