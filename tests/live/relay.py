"""A relay between clients and a server: it changes no frame, and writes every one down."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urljoin, urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from live.record import Dialect, Record, Side
from live.server import Server, serving

# As the openai package has it; the relay is no bound of its own.
_PLAIN: dict[str, Any] = {"max_size": None, "compression": None}
_NO_STATUS = 1005
_VANISHED = 1006

# What belongs to one leg of the way, and not to the other.
_OF_THE_LEG = {"host", "connection", "upgrade", "content-length"}


@dataclass
class Relay:
    """A base URL that leads to another one, and what went by."""

    upstream: str
    url: str = ""
    records: list[Record] = field(default_factory=list)
    upstream_tls: ssl.SSLContext | None = None
    _legs: dict[ServerConnection, ClientConnection] = field(default_factory=dict)

    async def reach(self, client: ServerConnection, request: Request) -> Response | None:
        """Open the other leg, as the client asked for it; what refuses it is handed back."""
        headers = request.headers
        deflate = "permessage-deflate" in headers.get("Sec-WebSocket-Extensions", "")
        try:
            self._legs[client] = await connect(
                urljoin(self.upstream.replace("http", "ws", 1), request.path),
                additional_headers=_passed_on(headers),
                user_agent_header=None,
                subprotocols=_offered(headers) or None,
                compression="deflate" if deflate else None,
                ssl=self.upstream_tls,
                max_size=None,
            )
        except InvalidStatus as refused:
            return refused.response
        return None

    def chosen(self, client: ServerConnection, _: Any) -> Subprotocol | None:
        """The subprotocol that the server took."""
        return self._legs[client].subprotocol

    async def pass_on(self, client: ServerConnection) -> None:
        """Carry everything both ways, until both legs are closed."""
        assert client.request is not None
        record = Record(_dialect(client.request))
        self.records.append(record)
        server = self._legs.pop(client)
        await asyncio.gather(
            _carry("client", client, server, record), _carry("server", server, client, record)
        )

    def faults(self) -> list[list[str]]:
        """What anybody finds wrong, by connection."""
        return [found for record in self.records if (found := record.faults())]


@asynccontextmanager
async def relaying(upstream: str) -> AsyncIterator[str]:
    """A base URL that leads to another one; at the end nobody may have found any fault."""
    async with watching(upstream) as relay:
        yield relay.url


@asynccontextmanager
async def watching(
    upstream: str | Server, *, client_hangs_up: bool = False
) -> AsyncIterator[Relay]:
    """As `relaying`, with the records at hand; a server that speaks TLS is relayed by TLS.

    Of a client that hangs up in the middle, nothing is expected to have come to its end.
    """
    relay = Relay(upstream if isinstance(upstream, str) else upstream.url)
    own_tls = None
    if isinstance(upstream, Server) and upstream.url.startswith("https"):
        relay.upstream_tls = ssl.create_default_context(cafile=upstream.certificate)
        own_tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        own_tls.load_cert_chain(upstream.certificate, upstream.certificate.with_name("key.pem"))
    async with serve(
        relay.pass_on,
        "127.0.0.1",
        0,
        process_request=relay.reach,
        select_subprotocol=relay.chosen,
        ssl=own_tls,
        **_PLAIN,
    ) as door:
        port = next(iter(door.sockets)).getsockname()[1]
        relay.url = urlsplit(relay.upstream)._replace(netloc=f"127.0.0.1:{port}").geturl()
        yield relay
    for record in relay.records:
        record.broken_off |= client_hangs_up
    faults = relay.faults()
    assert not faults, faults


def _passed_on(headers: Headers) -> list[tuple[str, str]]:
    return [
        (name, value)
        for name, value in headers.raw_items()
        if name.lower() not in _OF_THE_LEG and not name.lower().startswith("sec-websocket-")
    ]


def _offered(headers: Headers) -> list[Subprotocol]:
    listed = ",".join(headers.get_all("Sec-WebSocket-Protocol"))
    return [Subprotocol(name.strip()) for name in listed.split(",") if name.strip()]


def _dialect(request: Request) -> Dialect:
    """The shape of events that a client asks for."""
    asked = (
        "realtime=v1" in request.headers.get("OpenAI-Beta", "")
        or "openai-beta.realtime-v1" in _offered(request.headers)
        or "api-version" in parse_qs(urlsplit(request.path).query)
    )
    return "beta" if asked else "ga"


async def _carry(side: Side, source: Any, target: Any, record: Record) -> None:
    """Carry frames one way, and at the end the farewell, if there is any."""
    with suppress(ConnectionClosed):
        async for frame in source:
            record.add(side, frame)
            await target.send(frame)
    code, reason = source.close_code, source.close_reason
    if code == _VANISHED:
        record.broken_off = True
        target.transport.abort()
    else:
        await target.close(1000 if code == _NO_STATUS else code, reason)


@asynccontextmanager
async def served(folder: Path, *arguments: str) -> AsyncIterator[str]:
    """A server of one's own, and a watched way to it; see `serving`.

    It is started and ended beside the event loop, where what it asks for may be running.
    """
    server = serving(folder, *arguments)
    async with AsyncExitStack() as stack:
        upstream = await asyncio.to_thread(server.__enter__)
        stack.push_async_exit(lambda *raised: asyncio.to_thread(server.__exit__, *raised))
        yield await stack.enter_async_context(relaying(upstream.url))
