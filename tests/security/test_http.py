"""Attacks 37 to 44: HTTP that is slow, huge, ambiguous or too much."""

import asyncio
import socket
import time

import pytest

from live.server import Server
from security.wire import TARGET, Client, ask_raw, connection, port_of, rss_bytes, session
from server.doorway import http, read_answer
from transports.line import connected, gone
from transports.raw_socket import RawSocket

pytestmark = pytest.mark.slow

MIB = 1024 * 1024
SLOW = {
    "nothing": b"",
    "headers": b"GET / HTTP/1.1\r\nHost: localhost\r\nA: b\r\n",
    "body": http("POST /v1/models\nContent-Length: 10") + b"x",
}


@pytest.mark.parametrize("begun", SLOW.values(), ids=SLOW)
async def test_attack_37_slow_request(hasty: Server, begun: bytes) -> None:
    async with connection(hasty) as client:
        client.send(begun)
        told = await asyncio.wait_for(client.end(), 3)
        assert told == b"" if not begun else told.startswith(b"HTTP/1.1 408 ")


async def test_attack_37_drops_of_a_request_gain_no_time(hasty: Server) -> None:
    async with connection(hasty) as client:
        begin = time.perf_counter()
        ended = asyncio.create_task(client.end())
        client.send(b"GET / HTTP/1.1\r\nHost: localhost\r\n")
        while not ended.done():
            client.send(b"A: b\r\n")
            await asyncio.wait({ended}, timeout=0.05)
        assert (await ended).startswith(b"HTTP/1.1 408 ")
        assert time.perf_counter() - begin < 3


@pytest.mark.parametrize(
    "head", ["A: " + "b" * 200_000, "\n".join(f"A{number}: b" for number in range(500))]
)
async def test_attack_38_head_without_end(keyless: Server, head: str) -> None:
    assert (await ask_raw(keyless, http(f"GET /healthz\n{head}"))).status == 431


AMBIGUOUS = {
    "length and chunks": http("POST /\nContent-Length: 4\nTransfer-Encoding: chunked")
    + b"0\r\n\r\n",
    "two lengths": http("POST /\nContent-Length: 1\nContent-Length: 2"),
    "folded header": http("GET /\nA: b\n c"),
    "bad chunk": http("POST /\nTransfer-Encoding: chunked") + b"zz\r\n",
    "negative length": http("POST /\nContent-Length: -1"),
}


@pytest.mark.parametrize("request_", AMBIGUOUS.values(), ids=AMBIGUOUS)
async def test_attack_39_ambiguous_request(keyless: Server, request_: bytes) -> None:
    smuggled = http("GET /v1/models")
    answer = await ask_raw(keyless, request_ + smuggled)
    assert answer.status == 400


@pytest.mark.parametrize("version", ["12", "8", "", None])
async def test_attack_40_another_version_of_websocket(keyless: Server, version: str | None) -> None:
    async with connection(keyless) as client:
        head = await client.request(sec_websocket_version=version)
        assert head.startswith("HTTP/1.1 426 ")
        assert "sec-websocket-version: 13" in head.lower()


async def test_attack_41_silence_and_no_pong() -> None:
    """With a server's own times this takes 40 s, so the transport is asked with others."""
    async with connected(ping_s=0.1, pong_s=0.1, close_s=0.1) as line:
        await asyncio.wait_for(gone(line.ours), 2)


async def test_attack_41_client_without_a_key_is_not_kept(keyed: Server) -> None:
    async with connection(keyed) as client:
        assert "101" in (await client.request()).splitlines()[0]
        begin = time.perf_counter()
        assert b"invalid_api_key" in await client.text()
        await client.frame()  # the close frame, which is not answered
        assert await client.end() == b""
        assert time.perf_counter() - begin < 2


async def test_attack_42_client_that_never_reads(hasty: Server) -> None:
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.connect(("127.0.0.1", port_of(hasty)))
    reader, writer = await asyncio.open_connection(sock=narrow, limit=1024)
    client = Client(RawSocket(reader, writer))
    try:
        await client.socket.request(TARGET)
        before = rss_bytes(hasty)
        client.say("session.update", session={"type": "realtime", "instructions": "?" * 100_000})
        for _ in range(400):  # each is answered with the instructions again
            client.say("session.update", session={"type": "realtime"})
        await asyncio.sleep(2)  # nothing is read meanwhile
        code, reason = await asyncio.wait_for(client.gone(), 10)
        assert (code, reason) == (1008, "slow_consumer")
        assert rss_bytes(hasty) - before < 16 * MIB
    finally:
        writer.transport.abort()


async def test_others_are_served_meanwhile(hasty: Server) -> None:
    """A hundred connections that come to nothing keep nobody out."""
    idle = [await asyncio.open_connection("127.0.0.1", port_of(hasty)) for _ in range(100)]
    async with session(hasty) as client:
        await client.obeyed()
    for _, writer in idle:
        writer.transport.abort()


async def test_requests_after_a_good_one_are_judged_anew(keyless: Server) -> None:
    async with connection(keyless) as client:
        client.send(http("GET /healthz"), http("GET /healthz\nHost: evil.example"))
        assert (await read_answer(client)).status == 200
        assert (await read_answer(client)).status == 403
