"""A resolver that answers as told, and a server that is asked, or should not be."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

HELLO = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"


class Names:
    """Gives its answers one after the other, the last for ever; remembers what it was asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = [*answers]
        self.asked: list[str] = []

    async def __call__(self, name: str) -> list[str]:
        self.asked.append(name)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


class Listener:
    """What has come to a port of this machine: the heads of requests."""

    def __init__(self) -> None:
        self.connections = 0
        self.heads: list[str] = []
        self.port = 0
        self.gone = asyncio.Event()
        """Set when a client has left."""


@asynccontextmanager
async def listening(
    answer: bytes = HELLO, *, tls: ssl.SSLContext | None = None, leave: bool = True
) -> AsyncIterator[Listener]:
    """A server on 127.0.0.1 that says `answer` to each request, and then leaves or stays."""
    listener = Listener()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        listener.connections += 1
        try:
            listener.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
            writer.write(answer)
            await writer.drain()
            if not leave:
                await reader.read()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass  # the client is free to leave
        finally:
            writer.close()
            listener.gone.set()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=tls)
    listener.port = server.sockets[0].getsockname()[1]
    async with server:
        yield listener
