"""A request's head: what it asks for, before anything is done about it."""

import re
from collections.abc import Sequence
from functools import cached_property
from urllib.parse import parse_qs, unquote_to_bytes

import h11

from repartee.server.problems import Problem

_MOST_HEADERS = 128


class Request:
    """Method, path and headers of one HTTP request.

    `path` is percent-decoded, with runs of slashes collapsed: some clients join their base URL
    and the endpoint with two.  Header names are looked up in lower case.
    """

    def __init__(self, event: h11.Request) -> None:
        self.method = event.method.decode("ascii")
        self.version = event.http_version.decode("ascii")
        target = event.target
        if not target.startswith(b"/"):  # the absolute form that proxies are sent
            target = b"/" + target.partition(b"://")[2].partition(b"/")[2]
        raw_path, _, self.query_string = target.partition(b"?")
        path = unquote_to_bytes(raw_path).decode(errors="replace")
        self.path = re.sub("/{2,}", "/", path)
        self.headers: Sequence[tuple[bytes, bytes]] = list(event.headers)
        self.answer_headers: list[tuple[bytes, bytes]] = []  # that any answer to it has

    def all(self, name: str) -> list[str]:
        """Every value of a header, in order."""
        wanted = name.encode("ascii")
        return [value.decode("latin-1") for key, value in self.headers if key == wanted]

    def header(self, name: str) -> str | None:
        """The value of a header that is given once; the first, if it is repeated."""
        values = self.all(name)
        return values[0] if values else None

    def words(self, name: str) -> list[str]:
        """The members of a comma-separated header, over all its repetitions."""
        return [word.strip() for value in self.all(name) for word in value.split(",") if word]

    @cached_property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the first counts."""
        pairs = parse_qs(self.query_string.decode("latin-1"), keep_blank_values=True)
        return {name: values[0] for name, values in pairs.items()}

    @property
    def is_preflight(self) -> bool:
        """Whether a browser asks if a page may send a request (Fetch standard, §3.3.2)."""
        asks = self.header("access-control-request-method") is not None
        return self.method == "OPTIONS" and asks and self.header("origin") is not None

    @property
    def wants_websocket(self) -> bool:
        """Whether this is an attempt at an upgrade, well made or not."""
        return "websocket" in [word.lower() for word in self.words("upgrade")]


def check(head: bytes, request: h11.Request) -> None:
    """Refuse what h11 lets pass but what proxies and servers have read differently.  Problem."""
    names = [name for name, _ in request.headers]
    if len(names) > _MOST_HEADERS:
        raise Problem(431, f"A request has {_MOST_HEADERS} headers at most.")
    if b"\r\n " in head or b"\r\n\t" in head:
        raise Problem(400, "A header must not go on in the next line.")
    if b"transfer-encoding" in names and b"content-length" in names:
        raise Problem(400, "Transfer-Encoding and Content-Length exclude one another.")
