"""The WebSocket transport, spoken to by a client that may break every rule."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
import websockets

from repartee.transports.websocket import Bounds, Transport, WebSocketTransport
from transports.line import Line, connected, gone, listening, start_hearing, stream_of
from transports.raw_socket import (
    BINARY,
    CLOSE,
    CONTINUATION,
    PING,
    PONG,
    TEXT,
    RawSocket,
    close_frame,
    frame,
)

# Messages


async def test_messages_are_heard_in_order() -> None:
    async with connected() as line:
        said = [b"one", "zwei ä€😀".encode(), b"", b"x" * 70_000]
        line.client.send(*(frame(TEXT, each) for each in said))
        assert [await line.heard.get() for _ in said] == said


async def test_a_masked_message_is_unmasked() -> None:
    async with connected() as line:
        masked = bytes(byte ^ mask for byte, mask in zip(b"hello", b"\1\2\3\4\1", strict=True))
        line.client.send(bytes([0x81, 0x85, 1, 2, 3, 4]) + masked)
        assert await line.heard.get() == b"hello"


async def test_a_message_may_come_byte_by_byte() -> None:
    async with connected() as line:
        for byte in frame(TEXT, b"slow"):
            line.client.send(bytes([byte]))
            await line.client.writer.drain()
        assert await line.heard.get() == b"slow"


async def test_a_binary_message_is_told_and_harms_nothing() -> None:
    """Attack 36."""
    async with connected() as line:
        line.client.send(frame(BINARY, b"\xff"), frame(TEXT, b"on"))
        assert await line.heard.get() is None
        assert await line.heard.get() == b"on"


async def test_a_fragmented_message_with_a_ping_inside() -> None:
    async with connected() as line:
        line.client.send(
            frame(TEXT, b"he", fin=False), frame(PING, b"?"), frame(CONTINUATION, b"llo")
        )
        assert await line.heard.get() == b"hello"
        assert await line.client.frame() == (PONG, b"?")


async def test_messages_before_anyone_listens_are_kept_and_the_rest_waits() -> None:
    async with connected(listen=False) as line:
        line.client.send(frame(TEXT, b"first"), frame(BINARY), frame(PING))
        assert await line.client.frame() == (PONG, b"")
        assert not stream_of(line).is_reading()
        line.client.send(*[frame(TEXT, b"later")] * 3)
        start_hearing(line)
        assert [await line.heard.get() for _ in range(5)] == [b"first", None, *[b"later"] * 3]


async def test_what_came_with_the_request_is_heard() -> None:
    async with listening(Bounds()) as (port, upgraded):
        client = await RawSocket.connect(port)
        head = "GET / HTTP/1.1\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
        client.send(head.encode(), frame(TEXT, b"early " * 10_000), frame(TEXT, b"bird"))
        line = Line(await upgraded.get(), client, asyncio.Queue())
        start_hearing(line)
        assert await line.heard.get() == b"early " * 10_000
        assert await line.heard.get() == b"bird"
        await client.close()
        await gone(line.ours)


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536, 1_000_000])
async def test_a_message_out_is_one_text_frame(size: int) -> None:
    async with connected() as line:
        line.ours.send(b"a" * size)
        assert await line.client.frame() == (TEXT, b"a" * size)


async def test_the_answer_names_the_protocol_and_agrees_to_no_extension() -> None:
    """Attack 35."""
    async with listening(Bounds()) as (port, upgraded):
        client = await RawSocket.connect(port)
        head = await client.request(sec_websocket_extensions="permessage-deflate")
        assert "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=" in head
        assert "Sec-WebSocket-Protocol: realtime" in head
        assert "extensions" not in head.lower()
        await client.close()
        await gone(await upgraded.get())


# A client that breaks the rules

VIOLATIONS = {
    "unmasked": (1002, frame(TEXT, b"x", masked=False)),
    "opcode": (1002, frame(3, b"x")),
    "control opcode": (1002, frame(11)),
    "reserved bit 1": (1002, frame(TEXT, b"x", reserved=4)),
    "reserved bit 3": (1002, frame(PING, reserved=1)),
    "continuation of nothing": (1002, frame(CONTINUATION, b"x")),
    "text within text": (1002, frame(TEXT, fin=False) + frame(TEXT)),
    "fragmented ping": (1002, frame(PING, fin=False)),
    "long ping": (1002, frame(PING, bytes(126))),
    "not UTF-8": (1007, frame(TEXT, b"\xc3\x28")),
    "declared beyond all measure": (1009, frame(TEXT, claimed=1 << 62)),
    "too long": (1009, frame(TEXT, bytes(1001))),
    "too long in pieces": (
        1009,
        frame(TEXT, b"x" * 600, fin=False) + frame(CONTINUATION, b"x" * 600),
    ),
    "empty pieces": (1008, frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) * 2000),
    "close with half a code": (1002, frame(CLOSE, b"\x03")),
    "close with a reserved code": (1002, close_frame(1006)),
    "close with an unknown code": (1002, close_frame(2999)),
    "close with a code beyond": (1002, close_frame(5000)),
    "close with no text as reason": (1007, frame(CLOSE, b"\x03\xe8\xff")),
}


@pytest.mark.parametrize("name", VIOLATIONS)
async def test_a_violation_has_its_close_code(name: str) -> None:
    code, sent = VIOLATIONS[name]
    async with connected(max_message_bytes=1000) as line:
        line.client.send(sent)
        assert (await line.client.goodbye())[0] == code
        await gone(line.ours)
        assert line.heard.empty()


async def test_the_largest_message_is_taken() -> None:
    async with connected(max_message_bytes=1000) as line:
        line.client.send(frame(TEXT, bytes(1000)))
        line.client.send(frame(TEXT, bytes(999), fin=False), frame(CONTINUATION, bytes(1)))
        assert await line.heard.get() == await line.heard.get() == bytes(1000)


async def test_pings_are_answered_but_not_without_end() -> None:
    """Attack 34."""
    async with connected() as line:
        line.client.send(*[frame(PING, b"%d" % number) for number in range(300)])
        for number in range(100):
            assert await line.client.frame() == (PONG, b"%d" % number)
        assert await line.client.goodbye() == (1008, "too many pings")


async def test_nothing_a_client_does_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(1):
        async with connected() as line:
            line.client.send(frame(TEXT, b"canary-1"), frame(PING, b"canary-2"))
            await line.client.frame()
            line.client.send(frame(3, b"canary-3"))
            await line.client.goodbye()
            await gone(line.ours)
    assert not [record for record in caplog.records if record.name != "asyncio"]


# The end


async def test_goodbye_has_a_code_and_a_reason() -> None:
    async with connected() as line:
        line.ours.send(b"last")
        line.ours.close(3000, "invalid_request_error.invalid_api_key")
        assert line.ours.closed
        line.ours.send(b"never")
        line.ours.close(1011, "never")
        assert await line.client.text() == b"last"
        assert await line.client.goodbye() == (3000, "invalid_request_error.invalid_api_key")
        assert await line.client.end() == b""
        await gone(line.ours)


async def test_a_long_reason_is_cut_between_letters() -> None:
    async with connected() as line:
        line.ours.close(1008, "ä" * 100)
        assert await line.client.goodbye() == (1008, "ä" * 61)


async def test_a_client_that_does_not_say_goodbye_is_cut_off() -> None:
    async with connected(close_s=0.05) as line:
        line.ours.close(4000, "")
        await gone(line.ours)
        assert await line.client.frame() == (CLOSE, (4000).to_bytes(2))
        assert await line.client.end() == b""


async def test_what_a_client_says_after_our_goodbye_is_not_heard() -> None:
    async with connected() as line:
        line.ours.close(1000, "")
        line.client.send(frame(TEXT, b"but"), frame(PING), close_frame(1000))
        await gone(line.ours)
        assert line.heard.empty()
        assert line.ours.ending == (1000, "")


@pytest.mark.parametrize(
    ("said", "answered"),
    [
        (frame(CLOSE), 1000),
        (close_frame(1000), 1000),
        (close_frame(1001, "leaving"), 1001),
        (close_frame(4999, "mine"), 4999),
    ],
)
async def test_a_clients_goodbye_is_answered_with_its_code(said: bytes, answered: int) -> None:
    async with connected() as line:
        line.client.send(said)
        assert await line.client.frame() == (CLOSE, answered.to_bytes(2))
        assert await line.client.end() == b""
        assert line.ours.closed
        assert line.ours.ending == (1005 if said == frame(CLOSE) else answered, "client")


async def test_a_client_may_vanish() -> None:
    async with connected() as line:
        waiting = asyncio.create_task(line.ours.drained())
        line.client.writer.transport.abort()
        await gone(line.ours)
        assert line.ours.closed
        await waiting
        line.ours.send(b"into the void")
        line.ours.close(1000, "")
        assert line.ours.ending == (1006, "lost")


async def test_abort_ends_at_once() -> None:
    async with connected() as line:
        line.ours.abort()
        await gone(line.ours)
        assert await line.client.end() == b""


async def test_a_failure_of_the_listener_is_our_fault(caplog: pytest.LogCaptureFixture) -> None:
    def fail(_: bytes) -> None:
        raise AssertionError("a bug")

    async with connected(listen=False) as line:
        line.ours.listen(fail, lambda: None)
        line.client.send(frame(TEXT, b"secret"))
        assert await line.client.goodbye() == (1011, "internal error")
    assert "a bug" in caplog.text
    assert "secret" not in caplog.text


async def test_a_failure_over_an_early_message_is_our_fault() -> None:
    def fail(_: bytes) -> None:
        raise AssertionError("a bug")

    async with connected(listen=False) as line:
        line.client.send(frame(TEXT, b"early"), frame(PING))
        assert await line.client.frame() == (PONG, b"")
        line.ours.listen(fail, lambda: None)
        assert await line.client.goodbye() == (1011, "internal error")


# Keeping the connection alive


async def test_a_silent_client_is_asked_and_cut_off_if_it_does_not_answer() -> None:
    """Attack 41: within 45 seconds, if nobody sets it otherwise."""
    usual = Bounds()
    assert usual.ping_s + usual.pong_s + usual.close_s <= 45
    async with connected(ping_s=0.05, pong_s=0.05) as line:
        assert await line.client.frame() == (PING, b"")
        assert (await line.client.goodbye())[0] == 1001
        await gone(line.ours)


@pytest.mark.parametrize("answer", [frame(PONG), frame(TEXT, b"still here")])
async def test_a_client_that_shows_itself_stays(answer: bytes) -> None:
    async with connected(ping_s=0.05, pong_s=0.05) as line:
        for _ in range(4):
            assert await line.client.frame() == (PING, b"")
            line.client.send(answer)
        assert not line.ours.closed


# A second opinion


@asynccontextmanager
async def stock_client(
    **bounds: Any,
) -> AsyncIterator[tuple[WebSocketTransport, websockets.ClientConnection]]:
    realtime = [websockets.Subprotocol("realtime")]
    async with listening(Bounds(**bounds)) as (port, upgraded):
        url = f"ws://127.0.0.1:{port}/"
        async with websockets.connect(url, subprotocols=realtime, max_size=None) as client:
            yield await upgraded.get(), client


async def test_the_stock_client_agrees() -> None:
    async with stock_client(max_message_bytes=2_000_000) as (ours, client):
        ours.listen(ours.send, lambda: ours.send(b"binary"))
        assert client.subprotocol == "realtime"
        for said in ("hello", "ä€😀" * 1000, "x" * 2_000_000):
            await client.send(said)
            assert await client.recv() == said
        await client.send(["in ", "pieces"])
        assert await client.recv() == "in pieces"
        await client.send(b"\xff")
        assert await client.recv() == "binary"
        await asyncio.wait_for(await client.ping(), 10)
        await client.close(4001, "enough")
        await gone(ours)
        assert client.close_code == 4001


async def test_the_stock_client_is_told_that_it_sent_too_much() -> None:
    async with stock_client(max_message_bytes=1_000_000) as (ours, client):
        with suppress(websockets.ConnectionClosed):
            await client.send("x" * 30_000_000)
        await gone(ours)
        await client.wait_closed()
        assert client.close_code == 1009


def test_the_transport_is_what_sessions_need() -> None:
    made: Callable[[Bounds], Transport] = WebSocketTransport
    assert made is WebSocketTransport
    assert not WebSocketTransport.paced
    assert asyncio.iscoroutinefunction(WebSocketTransport.drained)
