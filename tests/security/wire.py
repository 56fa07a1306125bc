"""A client with no manners: plain HTTP, frames and events to a server that runs elsewhere."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from live.server import Server, serving
from server.doorway import Answer, http, read_answer
from transports.raw_socket import TEXT, RawSocket, frame

FAKE_EARS_AND_VOICE = ("--ears", "fake", "--voice", "fake")
FAKES = ("--mind", "fake", *FAKE_EARS_AND_VOICE)
TARGET = "/v1/realtime?model=gpt-realtime"

_PATIENCE_S = 20


@asynccontextmanager
async def started(folder: Path, *arguments: str) -> AsyncIterator[Server]:
    """A server of one's own, started and ended beside the event loop; see `serving`."""
    running = serving(folder, *arguments)
    async with AsyncExitStack() as stack:
        server = await asyncio.to_thread(running.__enter__)
        stack.push_async_exit(lambda *raised: asyncio.to_thread(running.__exit__, *raised))
        yield server
        await ask(server, "GET /healthz")  # by then it has noticed who is gone


def port_of(server: Server) -> int:
    port = urlsplit(server.url).port
    assert port is not None
    return port


@asynccontextmanager
async def connection(server: Server, **options: Any) -> AsyncIterator[RawSocket]:
    """A TCP connection, on which nothing was said yet."""
    socket = await RawSocket.connect(port_of(server), **options)
    try:
        yield socket
    finally:
        await socket.close()


async def ask(server: Server, request: str, body: bytes = b"") -> Answer:
    """Send one request, `GET /path` and further header lines, and hear the answer."""
    async with connection(server) as socket:
        socket.send(http(request, body))
        return await read_answer(socket)


async def ask_raw(server: Server, request: bytes) -> Answer:
    """Send bytes that may be no request; whatever it is answered, the connection ends."""
    async with connection(server) as socket:
        socket.send(request)
        answer = await read_answer(socket)
        assert await socket.end() == b""
        return answer


class Client:
    """A session's client."""

    def __init__(self, socket: RawSocket) -> None:
        self.socket = socket

    def say(self, kind: str, **members: Any) -> None:
        self.say_text(json.dumps({"type": kind, **members}).encode())

    def say_text(self, *messages: bytes) -> None:
        """Text messages that may hold no events."""
        self.socket.send(*(frame(TEXT, message) for message in messages))

    async def next(self) -> dict[str, Any]:
        event: dict[str, Any] = json.loads(await self.socket.text())
        return event

    async def until(self, *kinds: str) -> dict[str, Any]:
        """The next event of one of these kinds."""
        async with asyncio.timeout(_PATIENCE_S):
            while (event := await self.next())["type"] not in kinds:
                assert event["type"] != "error", event
        return event

    async def refused(self) -> dict[str, Any]:
        """The error that comes next."""
        event = await self.next()
        assert event["type"] == "error", event
        error: dict[str, Any] = event["error"]
        return error

    async def obeyed(self) -> None:
        """The session goes on: it does what it is told next, and says nothing else before."""
        self.say("input_audio_buffer.clear", event_id="alive")
        assert (await self.next())["type"] == "input_audio_buffer.cleared"

    async def update(self, **session: Any) -> dict[str, Any]:
        """Change the session; what it is now."""
        self.say("session.update", session={"type": "realtime", **session})
        updated: dict[str, Any] = (await self.until("session.updated"))["session"]
        return updated

    async def write(self, text: str) -> str:
        """Add a message of the user; its id."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.say("conversation.item.create", item=item)
        added: str = (await self.until("conversation.item.done"))["item"]["id"]
        return added

    async def respond(self, **response: Any) -> dict[str, Any]:
        """Ask for an answer; the answer, done."""
        self.say("response.create", response=response)
        done: dict[str, Any] = (await self.until("response.done"))["response"]
        return done

    async def gone(self) -> tuple[int, str]:
        """Code and reason with which the server closes, whatever it says before."""
        async with asyncio.timeout(_PATIENCE_S):
            while True:
                opcode, payload = await self.socket.frame()
                if opcode == 8:
                    return int.from_bytes(payload[:2], "big"), payload[2:].decode()


@asynccontextmanager
async def session(server: Server, target: str = TARGET, **headers: Any) -> AsyncIterator[Client]:
    """A session, begun; `headers` are those of the request."""
    async with connection(server) as socket:
        assert "101" in (await socket.request(target, **headers)).splitlines()[0]
        client = Client(socket)
        event = await client.next()
        assert event["type"] == "session.created", event
        yield client


async def turned_away(server: Server, target: str = TARGET, **headers: Any) -> dict[str, Any]:
    """The error that a client is told after its 101, and before it is closed with 3000."""
    async with connection(server) as socket:
        assert "101" in (await socket.request(target, **headers)).splitlines()[0]
        error = await Client(socket).refused()
        assert await socket.goodbye() == (3000, f"{error['type']}.{error['code']}")
        assert await socket.end() == b""
        return error


def append(pcm: bytes) -> dict[str, str]:
    """The members of an append."""
    return {"audio": base64.b64encode(pcm).decode()}


def rss_bytes(server: Server) -> int:
    """Resident memory of the server's process."""
    with open(f"/proc/{server.pid}/status", encoding="ascii") as status:
        (line,) = (line for line in status if line.startswith("VmRSS:"))
    return int(line.split()[1]) * 1024
