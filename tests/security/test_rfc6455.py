"""WebSocket by the book, where Autobahn cannot be had: frames to the front door, and its answers.

Sessions here say again what they hear.  `make autobahn` tries ten times as many cases.
"""

import struct

import pytest

from server.doorway import doorway
from transports.raw_socket import CLOSE, CONTINUATION, PING, PONG, TEXT, close_frame, frame

GOODBYE = close_frame(1000)
TREE = "κόσμε \U0001f333".encode()


def bytewise(payload: bytes) -> bytes:
    """A message in fragments of one byte each."""
    pieces = [payload[at : at + 1] for at in range(len(payload))]
    kinds = [TEXT, *[CONTINUATION] * (len(pieces) - 1)]
    last = len(pieces) - 1
    return b"".join(
        frame(kind, piece, fin=at == last)
        for at, (kind, piece) in enumerate(zip(kinds, pieces, strict=True))
    )


# What is sent, and what comes back before the close frame with this code.
CASES: dict[str, tuple[bytes, list[tuple[int, bytes]], int]] = {
    **{
        f"{size} bytes": (frame(TEXT, b"*" * size) + GOODBYE, [(TEXT, b"*" * size)], 1000)
        for size in (0, 125, 126, 127, 65_535, 65_536)
    },
    "letters of many bytes": (frame(TEXT, TREE) + GOODBYE, [(TEXT, TREE)], 1000),
    "bytewise": (bytewise(TREE) + GOODBYE, [(TEXT, TREE)], 1000),
    "a ping among fragments": (
        frame(TEXT, b"a", fin=False) + frame(PING, b"?") + frame(CONTINUATION, b"b") + GOODBYE,
        [(PONG, b"?"), (TEXT, b"ab")],
        1000,
    ),
    "empty fragments": (
        frame(TEXT, fin=False) + frame(CONTINUATION, fin=False) + frame(CONTINUATION) + GOODBYE,
        [(TEXT, b"")],
        1000,
    ),
    "pings": (
        frame(PING) + frame(PING, b"\0\xff" * 62) + GOODBYE,
        [(PONG, b""), (PONG, b"\0\xff" * 62)],
        1000,
    ),
    "a pong nobody asked for": (
        frame(PONG, b"!") + frame(PING, b"?") + GOODBYE,
        [(PONG, b"?")],
        1000,
    ),
    "a ping that is too long": (frame(PING, b"?" * 126), [], 1002),
    "a ping in fragments": (frame(PING, b"?", fin=False) + frame(CONTINUATION, b"?"), [], 1002),
    "a fragment of nothing": (frame(CONTINUATION, b"a"), [], 1002),
    "a message within a message": (frame(TEXT, b"a", fin=False) + frame(TEXT, b"b"), [], 1002),
    "letters that break off": (frame(TEXT, TREE[:-1]), [], 1007),
    "letters that break off in fragments": (bytewise(TREE[:-1]), [], 1007),
    "a close frame without a code": (frame(CLOSE), [], 1000),
    "half a code": (frame(CLOSE, b"\x03"), [], 1002),
    **{
        f"code {code}": (close_frame(code, "bye"), [], code)
        for code in (1000, 1003, 1011, 3000, 4999)
    },
    **{
        f"code {code}, which is none": (close_frame(code), [], 1002)
        for code in (0, 999, 1004, 1005, 1006, 1016, 2000, 5000, 65_535)
    },
    "a reason that is too long": (close_frame(1000, "?" * 124), [], 1002),
    "what comes after the end": (GOODBYE + frame(TEXT, b"late"), [], 1000),
}


@pytest.mark.parametrize("name", CASES)
async def test_frames_are_answered_by_the_book(name: str) -> None:
    sent, answers, code = CASES[name]
    async with doorway() as door:
        client = await door.connect()
        assert "101" in (await client.request()).splitlines()[0]
        client.send(sent)
        for answer in answers:
            assert await client.frame() == answer
        opcode, payload = await client.frame()
        assert (opcode, *struct.unpack(">H", payload[:2])) == (CLOSE, code)
        client.send(close_frame(code))
        assert await client.end() == b""


async def test_frames_may_come_byte_by_byte() -> None:
    async with doorway() as door:
        client = await door.connect()
        await client.request()
        for byte in frame(TEXT, TREE) + frame(PING, b"?"):
            client.send(bytes([byte]))
            await client.writer.drain()
        assert await client.frame() == (TEXT, TREE)
        assert await client.frame() == (PONG, b"?")
