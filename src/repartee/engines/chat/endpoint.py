"""An OpenAI-compatible endpoint over HTTP: its connections, its key, its refusals.

A request is tried again only as long as no answer has begun.  Whatever goes wrong becomes an
`EngineError` that says what a person can do; the key stands in none of them.
"""

import asyncio
import os
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from repartee.engines.chat.answer import error_message
from repartee.engines.protocols import EngineError

OPENAI = "api.openai.com"

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_BUSY = frozenset({429, 500, 502, 503, 504})  # worth another try
_MOST_OF_AN_ERROR = 64 * 1024  # bytes read of an error's body
_LONGEST_MESSAGE = 400  # characters, of which most are the endpoint's own
_SHORTEST_SECRET = 6  # what is shorter may be a word


class _Listed(Struct):
    id: str


class _Listing(Struct):
    data: list[_Listed] | None = None


class _Refused(Exception):
    """An attempt came to nothing; `again` where another may do better, after `wait_s` if told."""

    def __init__(self, error: EngineError, again: bool = False, wait_s: float | None = None):
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.wait_s = wait_s


class ChatEndpoint:
    """One endpoint, with connections that are kept and shared by all sessions of the process."""

    def __init__(
        self,
        url: str,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
        connect_timeout_s: float = 5,
        retries: int = 2,
        retry_delay_s: float = 0.25,
    ) -> None:
        """Raises ValueError where `url` or `key` can be none."""
        self._url = _checked_url(url)
        self._key = _checked_key(key)
        self._secrets = [self._key, *(headers or {}).values()]
        self._headers = {"Accept-Encoding": "identity", **(headers or {})}
        if self._key:
            self._headers["Authorization"] = f"Bearer {self._key}"
        self._connect_timeout_s = connect_timeout_s
        self._retries = retries
        self._retry_delay_s = retry_delay_s
        self._client: httpx2.AsyncClient | None = None

    @property
    def host(self) -> str:
        return self._url.host

    async def close(self) -> None:
        """Close all connections."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def models(self, deadline: float) -> tuple[str, ...]:
        """The names at GET /models.  Raises EngineError."""
        response = await self.send("GET", "/models", deadline)
        try:
            async with asyncio.timeout_at(deadline):
                body = await response.aread()
            listing = msgspec.json.decode(body, type=_Listing)
        except TimeoutError:
            raise self.error("model_timeout", "did not list its models in time") from None
        except (httpx2.TransportError, msgspec.MsgspecError):
            raise self.error(
                "model_unreadable", "does not list its models: set mind.model"
            ) from None
        finally:
            await response.aclose()
        return tuple(each.id for each in listing.data or ())

    async def send(
        self, method: str, path: str, deadline: float, body: dict[str, Any] | None = None
    ) -> httpx2.Response:
        """The response to a request, its body yet unread; the caller closes it.

        Raises EngineError when the endpoint refuses, or has not begun to answer by `deadline`
        (in the time of the running loop).
        """
        delay_s, left = self._retry_delay_s, self._retries
        while True:
            try:
                return await self._attempt(method, path, deadline, body)
            except _Refused as refusal:
                wait_s = delay_s if refusal.wait_s is None else refusal.wait_s
                if not refusal.again or not left or now() + wait_s >= deadline:
                    raise refusal.error from None
            await asyncio.sleep(wait_s)
            delay_s, left = delay_s * 2, left - 1

    def error(self, code: str, what: str) -> EngineError:
        """An error that begins with whose fault it is, and never shows a key."""
        for secret in self._secrets:
            if len(secret) >= _SHORTEST_SECRET:
                what = what.replace(secret, "…")
        shown = f"{self._url.scheme}://{self._url.netloc.decode()}{self._url.path}"
        return EngineError(f"the language model at {shown} {what[:_LONGEST_MESSAGE]}", code)

    def _http(self) -> httpx2.AsyncClient:
        if self._client is None:
            self._client = httpx2.AsyncClient(
                headers=self._headers,
                # How long an answer may take is the caller's affair; see `deadline`.
                timeout=httpx2.Timeout(None, connect=self._connect_timeout_s),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
                trust_env=self.host not in _LOOPBACK,  # no proxy leads to this machine
            )
        return self._client

    async def _attempt(
        self, method: str, path: str, deadline: float, body: dict[str, Any] | None
    ) -> httpx2.Response:
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path)
        content = None if body is None else msgspec.json.encode(body)
        headers = {} if body is None else {"Content-Type": "application/json"}
        client = self._http()
        request = client.build_request(method, url, content=content, headers=headers)
        try:
            async with asyncio.timeout_at(deadline):
                response = await client.send(request, stream=True)
        except TimeoutError:
            raise _Refused(self.error("model_timeout", "did not begin to answer in time")) from None
        except httpx2.TransportError as error:
            what = f"cannot be reached ({error}): is it running? Set mind.url to its address"
            raise _Refused(self.error("model_unreachable", what), again=True) from None
        if not response.is_success:
            raise await self._refusal(response, deadline)
        return response

    async def _refusal(self, response: httpx2.Response, deadline: float) -> _Refused:
        body = b""
        try:
            async with asyncio.timeout_at(deadline):
                async for part in response.aiter_bytes():
                    body += part
                    if len(body) > _MOST_OF_AN_ERROR:
                        break
        except (TimeoutError, httpx2.TransportError):
            body = b""  # the status alone has to do
        finally:
            await response.aclose()
        status = response.status_code
        code, what = _meaning(status, known_key=bool(self._key))
        said = error_message(body)
        error = self.error(code, f"{what}: {said}" if said else what)
        return _Refused(error, status in _BUSY, _retry_after(response.headers.get("Retry-After")))


def now() -> float:
    """The time of the running loop, in which deadlines are given."""
    return asyncio.get_running_loop().time()


def find_key(url: str, key: str | None, variable: str | None) -> str:
    """The key to use: `key`, or what the environment's `variable` holds, or none.

    OPENAI_API_KEY is looked at of itself only where `url` is OpenAI's own: it must not reach
    another host because it happens to be set.  Raises ValueError where `variable` is not set.
    """
    if key:
        return key
    if variable:
        if not os.environ.get(variable):
            raise ValueError(f"the variable {variable}, which should hold the key, is not set")
        return os.environ[variable]
    return os.environ.get("OPENAI_API_KEY", "") if _checked_url(url).host == OPENAI else ""


def _checked_url(url: str) -> httpx2.URL:
    try:
        checked = httpx2.URL(url)
    except httpx2.InvalidURL:
        checked = httpx2.URL("")
    if checked.scheme not in ("http", "https") or not checked.host:
        raise ValueError("the option url must look like http://127.0.0.1:11434/v1")
    return checked


def _checked_key(key: str) -> str:
    if not key.strip().isascii() or not key.strip().isprintable():
        raise ValueError("the key holds characters that no key has")
    return key.strip()


def _meaning(status: int, known_key: bool) -> tuple[str, str]:
    """The code for a client, and what a person should know, of a refusal's HTTP status."""
    if status in (401, 403):
        remedy = "does not accept the key" if known_key else "wants a key"
        return "model_unauthorized", f"{remedy} ({status}): set mind.api_key"
    if status == 404:
        return "model_not_found", "does not know the model, or mind.url is wrong (404)"
    if status == 429:
        return "model_busy", "has too much to do, or its quota is used up (429)"
    if status >= 500:
        return "model_failed", f"failed ({status})"
    if status < 400:
        return "model_refused", f"is elsewhere ({status}): set mind.url to its new address"
    return "model_refused", f"refused the request ({status})"


def _retry_after(header: str | None) -> float | None:
    """Seconds to wait, from either form of the header (RFC 9110, section 10.2.3)."""
    if not header:
        return None
    if header.strip().isdecimal():
        return float(header)
    try:
        moment = parsedate_to_datetime(header)
    except ValueError:
        return None
    return max(0.0, (moment - datetime.now(moment.tzinfo or UTC)).total_seconds())
