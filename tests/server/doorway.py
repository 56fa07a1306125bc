"""A front door on a free port of loopback, without signals, and a plain HTTP client."""

import asyncio
import base64
import json
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import h11
from msgspec import Struct
from starlette.applications import Starlette

from repartee.runtime.engines import EnginesByModel
from repartee.runtime.sessions import Sessions
from repartee.server.access import access
from repartee.server.app import starting
from repartee.server.drain import drain
from repartee.server.edge import Edge
from repartee.server.exchange import Application
from repartee.server.front_door import FrontDoor
from repartee.server.http_routes import application
from repartee.server.request import Request
from repartee.server.websocket_route import Handshake, StartSession
from repartee.settings import Choice, Keys, Models, Server, Settings, WebRTC
from repartee.transports.websocket import WebSocketTransport
from repartee.usage.recorder import Recorder
from transports.raw_socket import RawSocket

KEY = "sk-right-0123456789"


async def echo(transport: WebSocketTransport, _: Handshake) -> None:
    """A session that says again what it hears."""
    transport.listen(transport.send, lambda: transport.send(b'"binary"'))
    await transport.wait_closed()


class Doorway(Struct):
    """A front door that is open."""

    port: int
    edge: Edge
    clients: list[RawSocket] = []

    async def connect(self) -> RawSocket:
        """A client; it is gone when the door is closed."""
        self.clients.append(await RawSocket.connect(self.port))
        return self.clients[-1]

    async def ask(self, request: str, body: bytes = b"") -> "Answer":
        """Send one request of its own connection: `GET /path` and further header lines."""
        client = await self.connect()
        client.send(http(request, body))
        return await read_answer(client)


MODELS = Models(
    aliases=("gpt-4o-realtime-preview",),
    mapped=dict.fromkeys(("gpt-4o-*", "mine"), Settings().model(None)),
)


_FAKE = Choice("fake")
SEALED_WITH = "k1:" + base64.b64encode(bytes(range(32))).decode()
NOWHERE = Path("/nonexistent/repartee.db")  # where no key was ever made


def furnished(keys: Path = NOWHERE, **server: Any) -> Settings:
    """Settings of a server whose engines are fakes; `keys` is the file of its API keys."""
    return Settings(
        vad=_FAKE,
        ears=_FAKE,
        mind=_FAKE,
        voice=_FAKE,
        server=Server(**{"max_lag_ms": 0, **server}),  # the tests are late themselves
        keys=Keys(database=str(keys), sealing_keys=(SEALED_WITH,)),
        models=MODELS,
    )


def edge_of(settings: Settings, start: StartSession | None = echo) -> Edge:
    """What connections share, with a recorder that nobody has opened; None: whole sessions."""
    recorder = Recorder(NOWHERE)
    whole = starting(Sessions(settings, EnginesByModel(settings), recorder))
    return Edge(settings, access(settings), recorder, start or whole)


def pages_of(edge: Edge, webrtc: WebRTC | None = None) -> Starlette:
    """The HTTP side behind an edge."""
    settings = furnished()
    return application(edge, MODELS, Sessions(settings, EnginesByModel(settings)), webrtc)


@asynccontextmanager
async def doorway(
    start: StartSession | None = echo,
    pages: Application | None = None,
    context: ssl.SSLContext | None = None,
    webrtc: WebRTC | None = None,
    **settings: Any,
) -> AsyncIterator[Doorway]:
    """Let clients in; at the end nothing is left of them."""
    edge = edge_of(furnished(**settings), start)
    behind = pages or pages_of(edge, webrtc)
    listener = await asyncio.get_running_loop().create_server(
        lambda: FrontDoor(edge, behind), "127.0.0.1", 0, ssl=context
    )
    door = Doorway(listener.sockets[0].getsockname()[1], edge)
    try:
        yield door
    finally:
        for client in door.clients:
            await client.close()
        listener.close()
        await drain(edge, 0, asyncio.Event())
        assert (len(edge.doors), len(edge.sessions), len(edge.tasks)) == (0, 0, 0)


def http(request: str, body: bytes = b"") -> bytes:
    """A request in full: lines as they are, Host and Content-Length as it should be."""
    first, *headers = request.splitlines()
    if not any(line.lower().startswith("host:") for line in headers):
        headers.append("Host: localhost")
    if body:
        headers.append(f"Content-Length: {len(body)}")
    return "\r\n".join([f"{first} HTTP/1.1", *headers, "", ""]).encode() + body


class Answer(Struct):
    """Status, headers (their names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        assert self.headers["content-type"] == "application/json"
        return json.loads(self.body)

    @property
    def code(self) -> Any:
        """The code of an error, which must have the API's shape."""
        assert set(self.json) == {"error"}
        assert set(self.json["error"]) == {"message", "type", "param", "code"}
        assert self.json["error"]["message"].endswith(".")
        return self.json["error"]["code"]


async def read_answer(client: RawSocket, method: str = "GET") -> Answer:
    """The next answer; the client's connection may go on."""
    first, *lines = (await client.head()).split("\r\n")
    pairs = (line.split(": ", 1) for line in lines)
    headers = {name.lower(): value for name, value in pairs}
    length = 0 if method == "HEAD" else int(headers["content-length"])
    async with asyncio.timeout(10):
        body = await client.reader.readexactly(length)
    return Answer(int(first.split()[1]), headers, body)


def request(first: str, *headers: str) -> Request:
    """A request as the front door reads it."""
    http_side = h11.Connection(h11.SERVER)
    http_side.receive_data(http("\n".join([first, *headers])))
    event = http_side.next_event()
    assert isinstance(event, h11.Request)
    return Request(event)
