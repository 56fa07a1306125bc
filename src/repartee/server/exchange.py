"""One HTTP request and its answer, as an ASGI application wants them."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from email.utils import formatdate
from http import HTTPStatus
from typing import Any

import h11

from repartee.runtime.ids import random_id
from repartee.server.problems import Problem, internal
from repartee.server.request import Request

log = logging.getLogger(__name__)

_STALL_S = 30.0  # that a client may take nothing of an answer before it is cut off

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]


class Gone(OSError):
    """The client has left, or does not take its answer."""


class Exchange:
    """Carries one request, its body read already, to an application, and the answer back.

    When its client leaves, the task that runs it is cancelled.
    """

    def __init__(
        self, http: h11.Connection, transport: asyncio.Transport, request: Request, body: bytes
    ) -> None:
        self._http = http
        self._transport = transport
        self._request = request
        self._body: bytes | None = body
        self._writable = asyncio.Event()
        self._writable.set()
        self._begun = False

    async def run(self, application: Application) -> None:
        """Let the application answer; if it says nothing at all, answer 500."""
        try:
            await application(self._scope(), self._receive, self._send)
        except Gone:
            return
        except Exception:
            log.exception("request failed", extra={"path": self._request.path})
        if not self._begun:
            write_problem(self._http, self._transport, internal(), self._request)

    def pause(self) -> None:
        """The client takes no more for now."""
        self._writable.clear()

    def resume(self) -> None:
        self._writable.set()

    def _scope(self) -> dict[str, Any]:
        tls = self._transport.get_extra_info("ssl_object") is not None
        return {
            "type": "http",
            "asgi": {"version": "3.0", "spec_version": "2.3"},
            "http_version": self._request.version,
            "method": self._request.method,
            "scheme": "https" if tls else "http",
            "path": self._request.path,
            "raw_path": self._request.path.encode(),
            "query_string": self._request.query_string,
            "root_path": "",
            "headers": self._request.headers,
            "state": {"request": self._request},
            "client": self._transport.get_extra_info("peername"),
            "server": self._transport.get_extra_info("sockname"),
        }

    async def _receive(self) -> Message:
        if self._body is not None:
            body, self._body = self._body, None
            return {"type": "http.request", "body": body, "more_body": False}
        await asyncio.Event().wait()  # a client that leaves is told by cancelling
        return {"type": "http.disconnect"}

    async def _send(self, message: Message) -> None:
        if self._transport.is_closing():  # and the task is about to be cancelled
            raise Gone
        if message["type"] == "http.response.start":
            self._begun = True
            headers = [*message.get("headers", ())]
            self._write(_response(message["status"], headers, self._request))
            return
        body = message.get("body", b"")
        if body and self._request.method != "HEAD":
            self._write(h11.Data(data=body))
        if not message.get("more_body", False):
            self._write(h11.EndOfMessage())
            return
        try:
            async with asyncio.timeout(_STALL_S):
                await self._writable.wait()
        except TimeoutError:
            self._transport.abort()
            raise Gone from None

    def _write(self, event: h11.Event) -> None:
        if data := self._http.send(event):
            self._transport.write(data)


def write_problem(
    http: h11.Connection,
    transport: asyncio.Transport,
    problem: Problem,
    request: Request | None,
    *,
    last: bool = False,
) -> None:
    """Answer with a problem; with `last`, tell the client that the connection ends here."""
    body = problem.body
    headers = [
        (b"Content-Type", b"application/json"),
        (b"Content-Length", str(len(body)).encode()),
        *((name.encode(), value.encode()) for name, value in problem.headers),
    ]
    if last:
        headers.append((b"Connection", b"close"))
    events: list[h11.Event] = [_response(problem.status, headers, request)]
    if request is None or request.method != "HEAD":
        events.append(h11.Data(data=body))
    events.append(h11.EndOfMessage())
    transport.write(b"".join(http.send(event) or b"" for event in events))


def _response(
    status: int, headers: list[tuple[bytes, bytes]], request: Request | None
) -> h11.Response:
    """The head of an answer, with what every answer of ours has."""
    own = [
        *(request.answer_headers if request else ()),
        (b"Date", formatdate(usegmt=True).encode()),
        (b"X-Request-Id", random_id("req").encode()),
    ]
    reason = HTTPStatus(status).phrase.encode()
    return h11.Response(status_code=status, reason=reason, headers=[*headers, *own])
