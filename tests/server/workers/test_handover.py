"""Connections that are carried to another worker."""

import asyncio
import tempfile
from pathlib import Path
from typing import cast

from repartee.server.workers import handover
from server.doorway import doorway, http, read_answer
from server.workers.stations import beside, leading_to
from transports.raw_socket import TEXT, UPGRADE, RawSocket, close_frame, frame

LOTS = 64 * 1024 * 1024
SOME = 1024 * 1024


async def test_a_websocket_goes_on_at_the_other() -> None:
    async with doorway() as owner, beside(owner) as path, leading_to(path) as door:
        client = await door.connect()
        # What follows the head at once is not lost on the way.
        lines = [f"{name}: {value}" for name, value in UPGRADE.items()]
        head = "\r\n".join(["GET /v1/realtime HTTP/1.1", *lines, "", ""])
        client.send(head.encode(), frame(TEXT, b"early"))
        assert "101" in await client.head()
        assert await client.text() == b"early"
        assert (len(owner.edge.sessions), len(door.edge.sessions)) == (1, 1)
        assert not door.edge.doors
        for said in (b"hello", b"x" * 3_000_000):
            client.send(frame(TEXT, said))
            assert await client.text() == said
        client.send(close_frame(1000))
        assert (await client.goodbye())[0] == 1000
        async with asyncio.timeout(10):
            await asyncio.gather(*owner.edge.sessions, *door.edge.sessions)


async def test_requests_are_answered_by_the_other_as_long_as_they_come() -> None:
    async with doorway() as owner, beside(owner) as path, leading_to(path) as door:
        client = await door.connect()
        client.send(http("POST /v1/realtime/client_secrets", b'{"session": {"type": "realtime"}}'))
        client.send(http("GET /healthz"))
        assert (await read_answer(client)).status == 200
        assert (await read_answer(client)).json == {"status": "ok"}


async def test_where_the_other_is_gone_it_is_answered_here() -> None:
    async with leading_to(Path("/nonexistent/1.socket")) as door:
        client = await door.connect()
        client.send(http("POST /v1/realtime/client_secrets", b'{"session": {"type": "realtime"}}'))
        assert (await read_answer(client)).status == 200
        assert "101" in await client.request()
        client.send(frame(TEXT, b"hello"))
        assert await client.text() == b"hello"


async def test_a_client_that_leaves_takes_the_connection_along() -> None:
    async with doorway() as owner, beside(owner) as path, leading_to(path) as door:
        client = await door.connect()
        await client.request()
        await client.close()
        async with asyncio.timeout(10):
            await asyncio.gather(*owner.edge.sessions, *door.edge.sessions)


async def test_it_ends_with_the_worker_that_carries_it() -> None:
    async with doorway() as owner, beside(owner) as path, leading_to(path) as door:
        client = await door.connect()
        await client.request()
        (relay,) = door.edge.sessions.values()
        relay.close(1001, "the server is shutting down")
        assert await client.end() == b""
        async with asyncio.timeout(10):
            await asyncio.gather(*owner.edge.sessions, *door.edge.sessions)


class Fountain(asyncio.Protocol):
    """Sends without end, as fast as it is let."""

    def __init__(self) -> None:
        self.sent = 0
        self.full = asyncio.Event()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._pour()

    def _pour(self) -> None:
        while not self.full.is_set() and self.sent < LOTS:
            self._transport.write(bytes(65536))
            self.sent += 65536

    def pause_writing(self) -> None:
        self.full.set()

    def resume_writing(self) -> None:
        self.full.clear()
        self._pour()


async def test_who_takes_nothing_is_sent_little() -> None:
    loop = asyncio.get_running_loop()
    fountain = Fountain()
    carried: list[asyncio.Task[handover.Relay]] = []

    class Front(asyncio.Protocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            client = cast(asyncio.Transport, transport)
            client.pause_reading()
            carrying = handover.hand_over(client, b"", bytearray(), path)
            carried.append(loop.create_task(carrying))

    with tempfile.TemporaryDirectory(prefix="repartee-tests-") as folder:
        path = Path(folder) / "1.socket"
        far = await loop.create_unix_server(lambda: fountain, str(path))
        near = await loop.create_server(Front, "127.0.0.1", 0)
        client = await RawSocket.connect(near.sockets[0].getsockname()[1], limit=65536)
        async with asyncio.timeout(10):
            await client.reader.readexactly(1)
            relay = await carried[0]
            ends = [end.transport for end in relay._ends]
            for _ in iter(ends[1].is_reading, False):  # until the relay has enough
                await asyncio.sleep(0)
            assert ends[0].get_write_buffer_size() < SOME
            await client.reader.readexactly(LOTS - 1)
        assert fountain.sent == LOTS
        await client.close()
        await relay.wait_closed()
        for listener in (far, near):
            listener.close()
