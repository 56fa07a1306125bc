"""What goes wrong with a server, in words that say what a person can do, and trying again.

The key stands in none of them.  A request is tried again only as long as no answer has begun.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

import httpx2
import msgspec
from msgspec import Struct

from repartee.engines.protocols import EngineError

_BUSY = frozenset({429, 500, 502, 503, 504})  # worth another try
_LONGEST_MESSAGE = 400  # characters, of which most are the server's own
_SHORTEST_SECRET = 6  # what is shorter may be a word

_T = TypeVar("_T")


class Part(Struct, frozen=True):
    """What a server is to us: its name to people, its key in settings, what its codes begin with.

    A `code` is as the session's own codes for the same part are: "model_timeout".
    """

    name: str
    role: str
    code: str


MIND = Part("the language model", "mind", "model")
EARS = Part("the recogniser", "ears", "transcription")
VOICE = Part("the voice", "voice", "voice")


class Refused(Exception):
    """An attempt came to nothing; `again` where another may do better, after `wait_s` if told."""

    def __init__(self, error: EngineError, again: bool = False, wait_s: float | None = None):
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.wait_s = wait_s


class Faults:
    """Puts into words what goes wrong with one server."""

    def __init__(self, part: Part, url: httpx2.URL, key: str, secrets: Iterable[str] = ()) -> None:
        self._part = part
        self._shown = f"{url.scheme}://{url.netloc.decode()}{url.path}"
        self._known_key = bool(key)
        self._secrets = [key, *secrets]

    def error(self, reason: str, what: str) -> EngineError:
        """An error that begins with whose fault it is, and never shows a key.

        `reason` is the end of its code; "{role}" in `what` becomes the engine's key in settings.
        """
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_SECRET:
                what = what.replace(secret, "…")
        what = what.replace("{role}", self._part.role)[:_LONGEST_MESSAGE]
        code = f"{self._part.code}_{reason}"
        return EngineError(f"{self._part.name} at {self._shown} {what}", code)

    def unreachable(self, why: object) -> Refused:
        """Nobody answers there."""
        what = f"cannot be reached ({why}): is it running? Set {{role}}.url to its address"
        return Refused(self.error("unreachable", what), again=True)

    def refusal(self, status: int, body: bytes, retry_after: str | None = None) -> Refused:
        """What it means that HTTP answers with `status`, and this body and header."""
        reason, what = _meaning(status, self._known_key)
        said = error_message(body)
        error = self.error(reason, f"{what}: {said}" if said else what)
        return Refused(error, status in _BUSY, _seconds(retry_after))


async def persist(
    attempt: Callable[[], Awaitable[_T]], deadline: float, retries: int, delay_s: float
) -> _T:
    """What `attempt` gives, tried again up to `retries` times where that may help.

    The first wait is `delay_s` and each later one twice as long, unless the server names another;
    nobody waits beyond `deadline` (in the time of the running loop).  Raises EngineError.
    """
    while True:
        try:
            return await attempt()
        except Refused as refusal:
            wait_s = delay_s if refusal.wait_s is None else refusal.wait_s
            if not refusal.again or not retries or now() + wait_s >= deadline:
                raise refusal.error from None
        await asyncio.sleep(wait_s)
        delay_s, retries = delay_s * 2, retries - 1


def now() -> float:
    """The time of the running loop, in which deadlines are given."""
    return asyncio.get_running_loop().time()


def error_message(data: str | bytes) -> str:
    """What a server's error body says to people, in one line; empty where it is unreadable."""
    try:
        body = msgspec.json.decode(data)
    except msgspec.MsgspecError:
        return ""
    for key in ("error", "message", "detail"):
        if isinstance(body, dict) and key in body:
            body = body[key]
    return " ".join(body.split()) if isinstance(body, str) else ""


def _meaning(status: int, known_key: bool) -> tuple[str, str]:
    """The end of the code, and what a person should know, of a refusal's HTTP status."""
    if status in (401, 403):
        remedy = "does not accept the key" if known_key else "wants a key"
        return "unauthorized", f"{remedy} ({status}): set {{role}}.api_key"
    if status == 404:
        return "not_found", "does not know the model, or {role}.url is wrong (404)"
    if status == 429:
        return "busy", "has too much to do, or its quota is used up (429)"
    if status >= 500:
        return "failed", f"failed ({status})"
    if 300 <= status < 400:
        return "refused", f"is elsewhere ({status}): set {{role}}.url to its new address"
    return "refused", f"refused the request ({status})"


def _seconds(retry_after: str | None) -> float | None:
    """Seconds to wait, from either form of the header Retry-After (RFC 9110, section 10.2.3)."""
    if not retry_after:
        return None
    if retry_after.strip().isdecimal():
        return float(retry_after)
    try:
        moment = parsedate_to_datetime(retry_after)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(moment.tzinfo or UTC)).total_seconds())
