"""A session's socket, against a server with one."""

import asyncio

import pytest

from repartee.bench.plan import Plan
from repartee.bench.wire import NotConnected, line_opener
from repartee.transports.client import Place, Unreachable
from talk.scripted import Line, serving


class Ears:
    """Keeps what comes, and waits for it."""

    def __init__(self) -> None:
        self.heard: asyncio.Queue[bytes] = asyncio.Queue()
        self.lost: asyncio.Queue[str] = asyncio.Queue()

    def hear(self, message: bytes | memoryview) -> None:
        self.heard.put_nowait(bytes(message))

    def lose(self, reason: str) -> None:
        self.lost.put_nowait(reason)


APPEND = b'{"type":"input_audio_buffer.append","audio":"AAAA"}'


async def test_messages_go_both_ways() -> None:
    ears = Ears()
    async with serving() as server:
        line = await line_opener(Place(server.url, "m x", "key"), Plan())(ears.hear, ears.lose)
        assert await ears.heard.get() == b'{"type": "session.created"}'
        line.send(b'{"type":"session.update"}')
        assert await ears.heard.get() == b'{"type": "session.updated"}'
        await line.close()
        line.send(APPEND)  # goes nowhere
    assert server.path == "/v1/realtime?model=m+x"
    assert server.key == "Bearer key"
    assert server.sound == b""


async def test_a_message_in_fragments_is_one() -> None:
    ears = Ears()
    script = Line(0, [{"type": "fragments", "pieces": [b'{"ty', b'pe":', b'"x"}']}])
    async with serving(script, opening=[]) as server:
        line = await line_opener(Place(server.url), Plan())(ears.hear, ears.lose)
        line.send(APPEND)
        assert await ears.heard.get() == b'{"type":"x"}'
        await line.close()


async def test_a_server_that_closes_is_told_with_its_code() -> None:
    ears = Ears()
    script = Line(0, [{"type": "close", "code": 4001, "reason": b"enough"}])
    async with serving(script) as server:
        line = await line_opener(Place(server.url), Plan())(ears.hear, ears.lose)
        line.send(APPEND)
        assert await ears.lost.get() == "closed by the server with 4001"


async def test_a_server_that_is_not_there_is_no_connection() -> None:
    async with serving() as server:
        url = server.url
    with pytest.raises(NotConnected, match="Connection refused"):
        await line_opener(Place(url), Plan())(Ears().hear, Ears().lose)


async def test_http_that_is_no_websocket_is_told_with_its_status() -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        opener = line_opener(Place(f"http://127.0.0.1:{port}/v1"), Plan())
        with pytest.raises(NotConnected, match="handshake answered 503"):
            await opener(Ears().hear, Ears().lose)


def test_an_address_that_is_none_is_refused_before_anything_is_tried() -> None:
    with pytest.raises(Unreachable, match="base URL"):
        line_opener(Place("nowhere"), Plan())
