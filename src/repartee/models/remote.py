"""The hub, as far as it is asked: which commit a branch has, which files, and their bytes.

The addresses and headers are those that huggingface_hub uses, too: `/api/models/ORG/NAME/revision`
and `/tree` tell what there is, `/ORG/NAME/resolve/COMMIT/PATH` leads to the bytes, for large files
on another host.  $HF_ENDPOINT names another hub.  The token in $HF_TOKEN goes to that hub alone: it
is never sent to where a redirect leads, and is in no message.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx2
import msgspec
from msgspec import Struct

from repartee import __version__

_HUB = "https://huggingface.co"
_MOST_REDIRECTS = 5
_MOST_PAGES = 100  # of a list of files
_LONGEST_ANSWER = 32 * 1024 * 1024  # bytes of one page
_TIMEOUT = httpx2.Timeout(30, connect=10)
_COMMIT = re.compile("[0-9a-f]{40}")
_DIGEST = re.compile("[0-9a-f]{40}|[0-9a-f]{64}")


class HubError(Exception):
    """Something cannot be fetched; the message is a sentence that says why and what to do."""


class BrokenOff(HubError):
    """The bytes stopped before their end; they can be asked for again."""


class RemoteFile(NamedTuple):
    """A file of a commit, as the hub states it."""

    path: str
    size: int
    digest: str
    """SHA-256 of the content for a large file (64 digits), git's SHA-1 of the blob for others."""


class _Large(Struct):
    oid: str
    size: int


class _Listed(Struct):
    type: str
    path: str
    oid: str = ""
    size: int = 0
    lfs: _Large | None = None


class _Revision(Struct):
    sha: str


class Bytes(NamedTuple):
    """What the hub sends of a file, from `begin` on."""

    begin: int
    parts: Iterator[bytes]


class Hub:
    """Asks one hub.  Every method raises HubError."""

    def __init__(
        self,
        environ: Mapping[str, str] = os.environ,
        transport: httpx2.BaseTransport | None = None,
    ) -> None:
        endpoint = (environ.get("HF_ENDPOINT") or _HUB).rstrip("/")
        try:
            self._endpoint = httpx2.URL(endpoint)
        except httpx2.InvalidURL:
            self._endpoint = httpx2.URL("")
        if self._endpoint.scheme not in ("http", "https") or not self._endpoint.host:
            raise HubError("HF_ENDPOINT must look like https://huggingface.co")
        token = environ.get("HF_TOKEN", "").strip()
        if not token.isascii() or not all(each.isprintable() for each in token):
            raise HubError("HF_TOKEN holds characters that no token has")
        self._token = token
        self._client = httpx2.Client(
            timeout=_TIMEOUT,
            headers={"User-Agent": f"repartee/{__version__}", "Accept-Encoding": "identity"},
            transport=transport,
        )

    def __repr__(self) -> str:  # never the token
        return f"Hub({self.shown!r})"

    def close(self) -> None:
        self._client.close()

    @property
    def shown(self) -> str:
        """Its address, for people."""
        hub = self._endpoint
        return f"{hub.scheme}://{hub.netloc.decode()}{hub.path.rstrip('/')}"

    def commit(self, repository: str, branch: str = "main") -> str:
        """The commit that a branch has now."""
        url = self._url(f"/api/models/{quote(repository)}/revision/{quote(branch, safe='')}")
        with self._asked(url, repository) as response:
            told: str = _decoded(_whole(response), _Revision).sha
        if not _COMMIT.fullmatch(told):
            raise HubError(f"{self.shown} names no commit of {repository}")
        return told

    def files(self, repository: str, commit: str) -> list[RemoteFile]:
        """All files of a commit."""
        url = self._url(f"/api/models/{quote(repository)}/tree/{commit}?recursive=true")
        found: list[RemoteFile] = []
        for _ in range(_MOST_PAGES):
            with self._asked(url, repository) as response:
                listed = _decoded(_whole(response), list[_Listed])
                following = response.links.get("next", {}).get("url")
            found += (_file(each) for each in listed if each.type == "file")
            if following is None:
                return found
            url = url.join(following)
        raise HubError(f"{repository} has more files than a model has")

    @contextmanager
    def opened(self, repository: str, commit: str, file: RemoteFile, begin: int) -> Iterator[Bytes]:
        """The content of a file from `begin` on, or, where that is not granted, from 0 on.

        The parts raise BrokenOff.
        """
        url = self._url(f"/{quote(repository)}/resolve/{commit}/{quote(file.path)}")
        headers = {"Range": f"bytes={begin}-"} if begin else {}
        with self._asked(url, repository, headers, file.digest) as response:
            yield Bytes(_begin(response, begin), _parts(response, file.path))

    def _url(self, path: str) -> httpx2.URL:
        return httpx2.URL(self.shown + path)

    @contextmanager
    def _asked(
        self,
        url: httpx2.URL,
        repository: str,
        headers: Mapping[str, str] | None = None,
        digest: str | None = None,
    ) -> Iterator[httpx2.Response]:
        """A good answer, wherever redirects lead; what the hub says of `digest` must agree."""
        for _ in range(_MOST_REDIRECTS + 1):
            response = self._sent(url, headers or {})
            try:
                if digest is not None and self._is_ours(url):
                    _check_stated(response, digest, repository)
                if response.next_request is None:
                    if not response.is_success:
                        raise _refusal(response, repository, self.shown, bool(self._token))
                    yield response
                    return
                following = response.next_request.url
            finally:
                response.close()
            if url.scheme == "https" and following.scheme != "https":
                raise HubError(f"{self.shown} leads to an address without TLS")
            url = following
        raise HubError(f"{self.shown} leads from one address to the next, and to no file")

    def _sent(self, url: httpx2.URL, headers: Mapping[str, str]) -> httpx2.Response:
        sent = dict(headers)
        if self._token and self._is_ours(url):
            sent["Authorization"] = f"Bearer {self._token}"
        try:
            return self._client.send(
                self._client.build_request("GET", url, headers=sent), stream=True
            )
        except (httpx2.TransportError, httpx2.InvalidURL) as error:
            name = type(error).__name__
            raise HubError(
                f"{url.host} cannot be reached ({name}): models are fetched over the network; "
                "set HF_ENDPOINT to a mirror that can be"
            ) from None

    def _is_ours(self, url: httpx2.URL) -> bool:
        ours = self._endpoint
        return (url.scheme, url.host, url.port) == (ours.scheme, ours.host, ours.port)


def _check_stated(response: httpx2.Response, digest: str, repository: str) -> None:
    """The hub states a digest with the file, too: for a large one beside that of its pointer."""
    stated = response.headers.get("X-Linked-Etag") or response.headers.get("ETag") or ""
    stated = stated.removeprefix("W/").strip('"')
    if _DIGEST.fullmatch(stated) and stated != digest:
        raise HubError(f"the hub states two digests for a file of {repository}: try again later")


def _refusal(response: httpx2.Response, repository: str, hub: str, known_token: bool) -> HubError:
    status = response.status_code
    if status in (401, 403):
        return HubError(
            f"{hub} does not show {repository} to {'this token' if known_token else 'everybody'} "
            f"({status}): accept its terms at {hub}/{repository}, and set HF_TOKEN to a token of "
            "that account"
        )
    if status == 404:
        return HubError(f"{hub} has no {repository}, or no longer this file of it (404)")
    if status == 429:
        wait = response.headers.get("Retry-After", "")
        when = f"in {wait} s" if wait.isdecimal() else "later"
        return HubError(f"{hub} is asked too often (429): try again {when}, or set HF_TOKEN")
    return HubError(f"{hub} does not give {repository} away now ({status}): try again later")


def _begin(response: httpx2.Response, asked: int) -> int:
    """Where what is sent begins; a server may ignore which part was asked for."""
    if response.status_code != httpx2.codes.PARTIAL_CONTENT:
        return 0
    told = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if told is None or int(told[1]) != asked:
        raise HubError("the hub sends another part of a file than it was asked for")
    return asked


def _parts(response: httpx2.Response, path: str) -> Iterator[bytes]:
    try:
        yield from response.iter_raw()
    except httpx2.TransportError:
        raise BrokenOff(f"{path} broke off") from None


def _whole(response: httpx2.Response) -> bytes:
    body = bytearray()
    for part in _parts(response, "the hub's answer"):
        body += part
        if len(body) > _LONGEST_ANSWER:
            raise HubError("the hub's answer does not end")
    return bytes(body)


def _decoded(body: bytes, kind: type[Any]) -> Any:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError:
        raise HubError("what answers is no hub: see HF_ENDPOINT") from None


def _file(listed: _Listed) -> RemoteFile:
    large = listed.lfs
    digest, size = (large.oid, large.size) if large else (listed.oid, listed.size)
    digest = digest.removeprefix("sha256:")
    parts = listed.path.split("/")
    if not _DIGEST.fullmatch(digest) or size < 0 or {"", ".", ".."} & {*parts}:
        raise HubError("the hub names a file that cannot be one")
    if not listed.path.isprintable() or "\\" in listed.path:
        raise HubError("the hub names a file that cannot be one")
    return RemoteFile(listed.path, size, digest)
