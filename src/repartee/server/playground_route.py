"""The playground: a page to talk with the server from a browser, served as it lies in its folder.

Its files are open to all, for a browser shows no key when it asks for a page; they tell nothing of
this server, and what the page does needs a key as anything else.
"""

import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from pathlib import Path

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from repartee.runtime.taps import Tap, Taps
from repartee.server.access import Access
from repartee.server.problems import Problem

FOLDER = Path(__file__).with_name("playground")
PREFIX = "/playground/"

Answer = Callable[[Request], Awaitable[Response]]

SESSIONS = "/v1/playground/sessions/"

_KINDS = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
_HEADERS = {
    # Nothing comes from elsewhere, nothing goes elsewhere, and no script stands in the page.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src 'self' data:; media-src 'self' blob:; worker-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Permissions-Policy": "microphone=(self), camera=(), geolocation=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-cache",  # asked about each time, and sent only where it has changed
}


class Page(Struct, frozen=True):
    """One file of the playground, as it is sent."""

    body: bytes
    kind: str
    tag: str


def pages() -> dict[str, Page]:
    """The files of the playground by their paths."""
    read = {PREFIX + file.name: _read(file) for file in FOLDER.iterdir() if file.suffix in _KINDS}
    read["/"] = read.pop(f"{PREFIX}index.html")
    return read


def routes(taps: Taps, access: Access) -> list[Route]:
    """The routes on which they are served, and the one of what the page shows beyond the wire."""
    served = [(path, _serving(page)) for path, page in pages().items()]
    served.append((f"{SESSIONS}{{session_id}}/speech", _telling(taps, access)))
    return [Route(path, answer, include_in_schema=False) for path, answer in served]


def is_page(path: str) -> bool:
    """Whether a path is one of the playground's, served or not."""
    return path == "/" or path.startswith(PREFIX)


def _read(file: Path) -> Page:
    body = file.read_bytes()
    tag = hashlib.sha256(body).hexdigest()[:32]
    return Page(body, _KINDS[file.suffix], f'"{tag}"')


def _serving(page: Page) -> Answer:
    async def answer(request: Request) -> Response:
        headers = {**_HEADERS, "ETag": page.tag}
        if request.headers.get("if-none-match") == page.tag:
            return Response(status_code=304, headers=headers)
        return Response(page.body, headers=headers, media_type=page.kind)

    return answer


def _telling(taps: Taps, access: Access) -> Answer:
    """How like speech a session's sound is, to whoever has its key: Server-Sent Events."""

    async def answer(request: Request) -> Response:
        caller = access.caller(request.scope["state"]["request"])
        session_id = request.path_params["session_id"]
        tap = taps.find(session_id, caller.key_id)
        if tap is None:
            raise Problem(404, f"There is no session {session_id!r}.", code="session_not_found")
        headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
        return StreamingResponse(_told(tap), media_type="text/event-stream", headers=headers)

    return answer


async def _told(tap: Tap) -> AsyncIterator[bytes]:
    async with aclosing(tap.watch()) as told:
        async for judgements in told:
            yield b"data: " + msgspec.json.encode(judgements) + b"\n\n"
