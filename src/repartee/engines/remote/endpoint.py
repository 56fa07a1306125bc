"""An OpenAI-compatible endpoint over HTTP: its connections, its key, its refusals."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from functools import partial
from io import BytesIO
from typing import Any

import httpx2
import msgspec
from msgspec import Struct

from repartee.engines.protocols import EngineError
from repartee.engines.remote.address import checked_url
from repartee.engines.remote.faults import Faults, Part, Refused, now, persist
from repartee.engines.remote.tracing import trace_headers

log = logging.getLogger(__name__)

_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MOST_OF_AN_ERROR = 64 * 1024  # bytes read of an error's body


class Form(Struct):
    """A form with one file: what is sent as multipart/form-data."""

    fields: dict[str, str | list[str]]
    field: str
    filename: str
    content: bytes
    content_type: str


class _Listed(Struct):
    id: str


class _Listing(Struct):
    data: list[_Listed] | None = None


class Endpoint:
    """One endpoint, with connections that are kept and shared by all sessions of the process."""

    def __init__(
        self,
        url: str,
        part: Part,
        *,
        key: str = "",
        headers: dict[str, str] | None = None,
        connect_timeout_s: float = 5,
        retries: int = 2,
        retry_delay_s: float = 0.25,
    ) -> None:
        """Raises ValueError where `url` can be none."""
        self._url = checked_url(url)
        self._role = part.role
        self._headers = {"Accept-Encoding": "identity", **(headers or {})}
        if key:
            self._headers["Authorization"] = f"Bearer {key}"
        self._faults = Faults(part, self._url, key, (headers or {}).values())
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
            raise self.error("timeout", "did not list its models in time") from None
        except (httpx2.TransportError, msgspec.MsgspecError):
            what = "does not list its models: set {role}.model"
            raise self.error("unreadable", what) from None
        finally:
            await response.aclose()
        return tuple(each.id for each in listing.data or ())

    async def greet(self) -> None:
        """Make the first connection.  An endpoint that is down, or closed to us, is warned of."""
        try:
            await self.models(now() + self._connect_timeout_s)
        except EngineError as error:
            if error.code.endswith(("_unreachable", "_unauthorized")):
                log.warning("%s", error)

    async def send(
        self, method: str, path: str, deadline: float, body: dict[str, Any] | Form | None = None
    ) -> httpx2.Response:
        """The response to a request, its body yet unread; the caller closes it.

        Raises EngineError when the endpoint refuses, or has not begun to answer by `deadline`
        (in the time of the running loop).
        """
        attempt = partial(self._attempt, method, path, deadline, body)
        return await persist(attempt, deadline, self._retries, self._retry_delay_s)

    async def read(self, received: AsyncGenerator[bytes, None], deadline: float) -> bytes:
        """The next bytes of a response, none at its end.  Raises EngineError."""
        try:
            async with asyncio.timeout_at(deadline):
                return await anext(received, b"")
        except TimeoutError:
            raise self.error("timeout", "was silent for too long") from None
        except httpx2.RequestError:
            raise self.error("cut_off", "broke off in the middle of its answer") from None

    def error(self, reason: str, what: str) -> EngineError:
        """See `Faults.error`."""
        return self._faults.error(reason, what)

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
        self, method: str, path: str, deadline: float, body: dict[str, Any] | Form | None
    ) -> httpx2.Response:
        url = self._url.copy_with(path=self._url.path.rstrip("/") + path)
        request = self._http().build_request(method, url, **_content(body))
        request.headers.update(trace_headers(self._role))
        try:
            async with asyncio.timeout_at(deadline):
                response = await self._http().send(request, stream=True)
        except TimeoutError:
            raise Refused(self.error("timeout", "did not begin to answer in time")) from None
        except httpx2.TransportError as error:
            raise self._faults.unreachable(error) from None
        if not response.is_success:
            raise await self._refusal(response, deadline)
        return response

    async def _refusal(self, response: httpx2.Response, deadline: float) -> Refused:
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
        retry_after = response.headers.get("Retry-After")
        return self._faults.refusal(response.status_code, body, retry_after)


def content_type(response: httpx2.Response) -> str:
    """What a response says that it is, without parameters; empty where it says nothing."""
    stated: str = response.headers.get("Content-Type", "")
    return stated.partition(";")[0].strip().lower()


def _content(body: dict[str, Any] | Form | None) -> dict[str, Any]:
    match body:
        case None:
            return {}
        case Form():
            # A file object is sent in portions; bytes would be copied whole.
            file = body.filename, BytesIO(body.content), body.content_type
            return {"data": body.fields, "files": {body.field: file}}
    return {
        "content": msgspec.json.encode(body),
        "headers": {"Content-Type": "application/json"},
    }
