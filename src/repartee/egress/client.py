"""The one way out for whatever a client of the server names: tool servers, pictures, webhooks.

Who fetches such an address uses `EgressClient` and nothing else; the addresses of engines are the
operator's own choice and go another way.

A name is resolved once, all its addresses are checked, and the connection goes to a checked
address, so that a second answer of the resolver is never asked for.  No redirect is followed, no
proxy of the environment used, no cookie kept, and no connection shared between two fetches.
"""

import asyncio
import re
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import NamedTuple

import httpx2

from repartee.egress.addresses import Address, AllowList, host_of, is_public, plain
from repartee.settings import Egress

Resolver = Callable[[str], Awaitable[Sequence[str]]]

_LONGEST_URL = 4096  # characters
_MOST_ATTEMPTS = 4  # of a host's addresses
_SHOWN = 80  # characters of a host's name
_UNSEEMLY = re.compile(r"[\s\\\x00-\x1f\x7f]")  # parsers differ about where these leave the host
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, section 5.6.2
_VALUE = re.compile(r"[\t -~]*")
# What says where a request goes and where it ends is not for callers, who may pass on a client's.
_OWN_HEADERS = frozenset(
    {"accept-encoding", "connection", "content-length", "expect", "host", "keep-alive"}
    | {"proxy-authorization", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"}
)


class FetchError(Exception):
    """Nothing was fetched.  The text says why in a sentence, and shows no more than the host."""


class Fetched(NamedTuple):
    """An answer that is no redirect, whatever its status."""

    status: int
    headers: Mapping[str, str]
    """By their names in lower case, or any other."""
    body: bytes
    """Decompressed."""


async def resolve(name: str) -> list[str]:
    """All addresses of a host.  Raises OSError."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


class EgressClient:
    """Fetches what clients name, within what the operator allows."""

    def __init__(
        self,
        settings: Egress,
        *,
        resolver: Resolver = resolve,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`trust` holds the authorities, by default the well-known ones or those of SSL_CERT_FILE.

        Raises ValueError where an entry of `settings.allowed` can be no host and no network.
        """
        self._allowed = AllowList(settings.allowed)
        self._timeout_s = settings.timeout_s
        self._max_bytes = settings.max_bytes
        self._resolver = resolver
        self._trust = trust or httpx2.create_ssl_context()

    async def fetch(
        self,
        url: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> Fetched:
        """The whole answer, with all of its body.  Raises FetchError."""
        target = _parsed(url)
        sent = _checked_headers(headers or {})
        try:
            host = host_of(target)
        except ValueError as error:
            raise FetchError(f"The address {error}.") from None
        shown = str(host)[:_SHOWN]
        try:
            async with asyncio.timeout(self._timeout_s):
                addresses = await self._checked(target.scheme, host)
                request = httpx2.Request(method, target, headers=sent, content=content)
                return await self._ask(request, host, addresses)
        except TimeoutError:
            raise FetchError(f"{shown} did not answer in {self._timeout_s:g} seconds.") from None
        except httpx2.ConnectError:
            raise FetchError(f"{shown} cannot be connected to.") from None
        except (httpx2.TransportError, ssl.SSLError):
            raise FetchError(f"{shown} broke off, or does not speak HTTP.") from None

    async def _checked(self, scheme: str, host: str | Address) -> list[Address]:
        """Where `host` is, if all of it may be reached."""
        shown = str(host)[:_SHOWN]
        try:
            texts = await self._resolver(host) if isinstance(host, str) else [str(host)]
            addresses = list(dict.fromkeys(map(plain, texts)))
        except (OSError, ValueError):
            addresses = []
        if not addresses:
            raise FetchError(f"{shown} has no address that can be used.")
        for address in addresses:
            if host in self._allowed or address in self._allowed:
                continue
            if scheme != "https":
                raise FetchError(f"{shown} must be asked over https.")
            if not is_public(address):
                raise FetchError(f"{shown} is not on the public internet.")
        return addresses

    async def _ask(
        self, request: httpx2.Request, host: str | Address, addresses: list[Address]
    ) -> Fetched:
        """The answer of the first address that takes the connection."""
        named = request.url.copy_with(host=str(host))  # without a last dot
        request.headers["Host"] = named.netloc.decode("ascii")
        request.extensions = {"sni_hostname": str(host)}  # whose certificate it must be
        *others, last = addresses[:_MOST_ATTEMPTS]
        for address in others:
            request.url = named.copy_with(host=str(address))
            try:
                return await self._exchange(request)
            except httpx2.ConnectError:
                continue
        request.url = named.copy_with(host=str(last))
        return await self._exchange(request)

    async def _exchange(self, request: httpx2.Request) -> Fetched:
        # A bare transport follows nothing, asks no proxy, keeps nothing, logs no address.
        async with httpx2.AsyncHTTPTransport(verify=self._trust) as transport:
            response = await transport.handle_async_request(request)
            try:
                if 300 <= response.status_code < 400:
                    raise FetchError(
                        f"{request.headers['Host'][:_SHOWN]} answers that it is elsewhere "
                        f"({response.status_code}): redirects are not followed."
                    )
                body = await self._body(response, request.headers["Host"][:_SHOWN])
            finally:
                await response.aclose()
        return Fetched(response.status_code, response.headers, body)

    async def _body(self, response: httpx2.Response, shown: str) -> bytes:
        """All of it, of which neither what is sent nor what it unpacks to is too much."""
        coding = response.headers.get("Content-Encoding", "identity").strip().lower()
        if coding not in ("identity", "gzip", "x-gzip", ""):
            raise FetchError(f"{shown} answers in a content coding that was not asked for.")
        unpacking = zlib.decompressobj(wbits=31) if "gzip" in coding else None
        body, received = bytearray(), 0
        async for part in response.aiter_raw():
            received += len(part)
            # One byte more than may come is enough to see that too much comes.
            room = self._max_bytes - len(body) + 1
            try:
                body += unpacking.decompress(part, room) if unpacking else part[:room]
            except zlib.error:
                raise FetchError(f"{shown} answers with broken gzip.") from None
            if max(received, len(body)) > self._max_bytes:
                raise FetchError(f"{shown} answers with more than {self._max_bytes} bytes.")
        if unpacking and received and not unpacking.eof:
            raise FetchError(f"{shown} answers with broken gzip.")
        return bytes(body)


def _parsed(url: str) -> httpx2.URL:
    """The address in parts.  Raises FetchError for what is none, or is none for a client."""
    if len(url) > _LONGEST_URL or _UNSEEMLY.search(url):
        raise FetchError("The address is too long, or holds characters that no address has.")
    try:
        parsed = httpx2.URL(url)
    except (httpx2.InvalidURL, UnicodeError):
        raise FetchError("The address cannot be read: it must look like https://host/.") from None
    if parsed.scheme not in ("http", "https"):
        raise FetchError("The address must begin with https://.")
    if parsed.userinfo:
        raise FetchError("The address must not hold a user or a password.")
    if parsed.port is not None and not 0 < parsed.port < 65536:
        raise FetchError("The address names a port that there is not.")
    return parsed


def _checked_headers(headers: Mapping[str, str]) -> httpx2.Headers:
    """The headers to send; of what they hold, an error shows nothing."""
    # Whoever packs all the same is read, within bounds, where it is gzip.
    sent = httpx2.Headers({"Accept-Encoding": "identity", "User-Agent": "repartee"})
    for name, value in headers.items():
        if name.lower() in _OWN_HEADERS or not _TOKEN.fullmatch(name):
            raise FetchError("A header of the request is none that may be set.")
        if not _VALUE.fullmatch(value):
            raise FetchError("A header of the request holds characters that none may hold.")
    sent.update(headers)
    return sent
