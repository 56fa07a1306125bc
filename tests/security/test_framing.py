"""Attacks 28 to 36: frames that break the rules of WebSocket, or bend them until they cost."""

import asyncio
import time
import zlib

import pytest

from live.server import Server
from security.wire import append, connection, rss_bytes, session
from transports.raw_socket import BINARY, CONTINUATION, PING, PONG, TEXT, frame

pytestmark = pytest.mark.slow

MIB = 1024 * 1024


async def closed_for(server: Server, *frames: bytes) -> int:
    """The code with which a session ends that sends these frames."""
    async with session(server) as client:
        client.socket.send(*frames)
        code, _ = await client.gone()
        return code


async def test_attack_28_unmasked_frame(keyless: Server) -> None:
    assert await closed_for(keyless, frame(TEXT, b"{}", masked=False)) == 1002


@pytest.mark.parametrize("opcode", [3, 7, 11, 15])
async def test_attack_29_reserved_opcode(keyless: Server, opcode: int) -> None:
    assert await closed_for(keyless, frame(opcode, b"{}")) == 1002


@pytest.mark.parametrize("bit", [1, 2, 4])
async def test_attack_29_reserved_bit(keyless: Server, bit: int) -> None:
    assert await closed_for(keyless, frame(TEXT, b"{}", reserved=bit)) == 1002


@pytest.mark.parametrize("text", [b"\xff", b"\xc0\xaf", b"\xed\xa0\x80", b"\xf4\x90\x80\x80"])
async def test_attack_30_invalid_utf8(keyless: Server, text: bytes) -> None:
    assert await closed_for(keyless, frame(TEXT, b'{"type": "' + text + b'"}')) == 1007


async def test_attack_31_declared_length_of_2_to_the_62(keyless: Server) -> None:
    before = rss_bytes(keyless)
    assert await closed_for(keyless, frame(TEXT, b"{}", claimed=1 << 62)) == 1009
    assert rss_bytes(keyless) - before < MIB


async def test_attack_32_message_over_the_limit(keyless: Server) -> None:
    assert await closed_for(keyless, frame(TEXT, bytes(21 * MIB + 1))) == 1009


async def test_attack_32_message_over_the_limit_in_fragments(keyless: Server) -> None:
    begun = frame(TEXT, bytes(11 * MIB), fin=False)
    assert await closed_for(keyless, begun, frame(CONTINUATION, bytes(11 * MIB))) == 1009


async def test_attack_33_endless_empty_fragments(keyless: Server) -> None:
    begin = time.perf_counter()
    flood = frame(CONTINUATION, fin=False) * 1_000_000
    assert await closed_for(keyless, frame(TEXT, fin=False), flood) == 1008
    assert time.perf_counter() - begin < 5  # and most of it is ours, for making the flood


async def test_attack_34_ping_flood(keyless: Server) -> None:
    async with session(keyless) as client:
        client.socket.send(frame(PING, b"?") * 10_000)
        pongs = 0
        while (answer := await client.socket.frame())[0] == PONG:
            pongs += 1
        assert answer[1][:2] == (1008).to_bytes(2, "big")
        assert pongs == 100


async def test_attack_35_compression_is_not_agreed(keyless: Server) -> None:
    async with connection(keyless) as socket:
        offer = "permessage-deflate; client_max_window_bits"
        head = await socket.request(sec_websocket_extensions=offer)
        assert "101" in head.splitlines()[0]
        assert "sec-websocket-extensions" not in head.lower()


async def test_attack_35_compressed_bomb(keyless: Server) -> None:
    before = rss_bytes(keyless)
    bomb = zlib.compress(bytes(64 * MIB), wbits=-15)
    assert await closed_for(keyless, frame(TEXT, bomb, reserved=4)) == 1002
    assert rss_bytes(keyless) - before < 8 * MIB


async def test_attack_36_binary_frame(keyless: Server) -> None:
    async with session(keyless) as client:
        client.socket.send(frame(BINARY, b'{"type": "response.create"}'))
        error = await client.refused()
        assert (error["type"], error["code"]) == ("invalid_request_error", "invalid_event")
        await client.obeyed()


async def test_other_sessions_do_not_notice(keyless: Server) -> None:
    """Every one of these costs only its own connection."""
    async with session(keyless) as quiet:
        await asyncio.gather(
            closed_for(keyless, frame(TEXT, b"\xff")),
            closed_for(keyless, frame(TEXT, b"{}", masked=False)),
            closed_for(keyless, frame(PING) * 10_000),
        )
        quiet.say("input_audio_buffer.append", **append(bytes(480)))
        await quiet.obeyed()
