"""A hub on loopback that does what a test tells it to, and a host of large files beside it."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import NamedTuple

COMMIT = "0123456789abcdef0123456789abcdef01234567"
PAGE = 3  # files told at a time


class Asked(NamedTuple):
    """A request; names of headers are in lower case."""

    host: str  # "hub" or "cdn"
    path: str
    headers: dict[str, str]


class ScriptedHub:
    """One repository with `small` files and `large` ones, which lie on the other host."""

    def __init__(self, repository: str) -> None:
        self.repository = repository
        self.commit = COMMIT
        self.small: dict[str, bytes] = {}
        self.large: dict[str, bytes] = {}
        self.asked: list[Asked] = []
        self.cuts: list[int] = []
        """After how many bytes each of the next large files sent breaks off."""
        self.ranges = True
        self.refusal: tuple[int, dict[str, str]] | None = None
        self.refused = ""  # what paths begin with that are refused
        self.stated: dict[str, str] = {}  # digests told of files in place of the true ones
        self.sent: dict[str, bytes] = {}  # contents in place of those that are stated
        self.etag = ""  # told of large files in place of the true one
        self.url = ""
        self.cdn = ""

    @contextmanager
    def serving(self) -> Iterator["ScriptedHub"]:
        servers = [_Server(self, "hub"), _Server(self, "cdn")]
        self.url, self.cdn = (f"http://127.0.0.1:{each.server_port}" for each in servers)
        threads = [Thread(target=each.serve_forever, args=(0.01,)) for each in servers]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            for server, thread in zip(servers, threads, strict=True):
                server.shutdown()
                thread.join()
                server.server_close()

    def of(self, host: str, part: str = "") -> list[Asked]:
        """The requests to a host whose path has `part` in it."""
        return [each for each in self.asked if each.host == host and part in each.path]

    def digest(self, path: str) -> str:
        if path in self.stated:
            return self.stated[path]
        if path in self.large:
            return hashlib.sha256(self.large[path]).hexdigest()
        content = self.small[path]
        return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()

    def listing(self) -> list[dict[str, object]]:
        rows: list[dict[str, object]] = [{"type": "directory", "path": "test", "oid": "x"}]
        for path, content in self.small.items():
            row = {"type": "file", "path": path, "oid": self.digest(path), "size": len(content)}
            rows.append(row)
        for path, content in self.large.items():
            lfs = {"oid": self.digest(path), "size": len(content), "pointerSize": 130}
            rows.append({"type": "file", "path": path, "oid": "0" * 40, "size": 130, "lfs": lfs})
        return rows


class _Server(ThreadingHTTPServer):
    daemon_threads = True  # who has not hung up holds nobody up

    def __init__(self, hub: ScriptedHub, host: str) -> None:
        super().__init__(("127.0.0.1", 0), _Requests)
        self.hub, self.host = hub, host


class _Requests(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        hub = self.server.hub
        headers = {name.lower(): value for name, value in self.headers.items()}
        hub.asked.append(Asked(self.server.host, self.path, headers))
        if self.server.host == "cdn":
            self._send_large(self.path[1:])
        elif hub.refusal is not None and self.path.startswith(hub.refused):
            self._send(hub.refusal[0], b"no", hub.refusal[1])
        elif self.path == f"/api/models/{hub.repository}/revision/main":
            self._send(200, json.dumps({"sha": hub.commit, "siblings": []}).encode(), {})
        elif self.path.startswith(f"/api/models/{hub.repository}/tree/{hub.commit}?"):
            self._send_page()
        elif self.path.startswith(f"/{hub.repository}/resolve/{hub.commit}/"):
            self._resolve(self.path.partition(f"{hub.commit}/")[2])
        elif self.path.startswith("/moved/"):
            path = self.path.removeprefix("/moved/")
            content = hub.sent.get(path, hub.small[path])
            self._send(200, content, {"ETag": f'"{hub.digest(path)}"'})
        else:
            self._send(404, b"nothing here", {})

    def _send_page(self) -> None:
        hub = self.server.hub
        first = int(self.path.partition("cursor=")[2] or 0)
        rows, headers = hub.listing(), {}
        if first + PAGE < len(rows):
            following = f"{hub.url}{self.path.partition('&')[0]}&cursor={first + PAGE}"
            headers["Link"] = f'<{following}>; rel="next"'
        self._send(200, json.dumps(rows[first : first + PAGE]).encode(), headers)

    def _resolve(self, path: str) -> None:
        hub = self.server.hub
        if path in hub.large:
            headers = {"Location": f"{hub.cdn}/{path}"}
            headers["X-Linked-Etag"] = f'"{hub.etag or hub.digest(path)}"'
            self._send(302, b"", headers)
        else:
            self._send(307, b"", {"Location": f"/moved/{path}"})

    def _send_large(self, path: str) -> None:
        hub = self.server.hub
        content = hub.sent.get(path, hub.large[path])
        begin = int((self.headers["Range"] or "bytes=0-")[6:-1]) if hub.ranges else 0
        headers = {"Content-Range": f"bytes {begin}-{len(content) - 1}/{len(content)}"}
        status, headers = (206, headers) if begin else (200, {})
        cut = hub.cuts.pop(0) if hub.cuts else None
        self._send(status, content[begin:], headers, cut)

    def _send(
        self, status: int, body: bytes, headers: dict[str, str], cut: int | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body[:cut])
        if cut is not None:
            self.close_connection = True

    def log_message(self, format: str, *arguments: object) -> None:
        """Nothing: tests look at `asked`."""
