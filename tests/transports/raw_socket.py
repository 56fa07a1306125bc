"""A WebSocket client that sends whatever it is told, well made or not."""

import asyncio
import struct
from typing import Any, Self

UPGRADE = {
    "Host": "localhost",
    "Upgrade": "websocket",
    "Connection": "keep-alive, Upgrade",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
}
CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10

_WAIT_S = 10


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    fin: bool = True,
    reserved: int = 0,
    masked: bool = True,
    claimed: int | None = None,
) -> bytes:
    """One frame of a client; `claimed` is a length that the header tells instead of the true one.

    The mask is all zeros, which leaves the payload as it is.
    """
    length = len(payload) if claimed is None else claimed
    head = bytes([fin << 7 | reserved << 4 | opcode])
    if length < 126:
        head += bytes([masked << 7 | length])
    elif length < 1 << 16:
        head += bytes([masked << 7 | 126]) + struct.pack(">H", length)
    else:
        head += bytes([masked << 7 | 127]) + struct.pack(">Q", length)
    return head + bytes(4 * masked) + payload


def close_frame(code: int, reason: str = "") -> bytes:
    return frame(CLOSE, struct.pack(">H", code) + reason.encode())


class RawSocket:
    """One connection; every wait has an end."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    @classmethod
    async def connect(cls, port: int, **options: Any) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port, **options))

    async def request(
        self, target: str = "/v1/realtime", *, method: str = "GET", **headers: str | None
    ) -> str:
        """Ask for an upgrade; the head of the answer.

        `headers` change those of a good request: `sec_websocket_version="12"`, `upgrade=None`.
        """
        wanted: dict[str, str | None] = {name.lower(): value for name, value in UPGRADE.items()}
        wanted |= {name.replace("_", "-"): value for name, value in headers.items()}
        lines = [f"{name}: {value}" for name, value in wanted.items() if value is not None]
        self.send("\r\n".join([f"{method} {target} HTTP/1.1", *lines, "", ""]).encode())
        return await self.head()

    def send(self, *frames: bytes) -> None:
        self.writer.write(b"".join(frames))

    async def head(self) -> str:
        """The next HTTP head, without the empty line that ends it."""
        async with asyncio.timeout(_WAIT_S):
            return (await self.reader.readuntil(b"\r\n\r\n")).decode()[:-4]

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: its opcode, and its payload.  It must be whole and unmasked."""
        async with asyncio.timeout(_WAIT_S):
            first, length = await self.reader.readexactly(2)
            if length == 126:
                (length,) = struct.unpack(">H", await self.reader.readexactly(2))
            elif length == 127:
                (length,) = struct.unpack(">Q", await self.reader.readexactly(8))
            assert first & 0xF0 == 0x80
            return first & 0x0F, await self.reader.readexactly(length)

    async def text(self) -> bytes:
        """The next frame, which must be text."""
        opcode, payload = await self.frame()
        assert opcode == TEXT, (opcode, payload)
        return payload

    async def goodbye(self) -> tuple[int, str]:
        """The next frame, which must be a close frame: its code and reason.  It is answered."""
        opcode, payload = await self.frame()
        assert opcode == CLOSE, (opcode, payload)
        (code,) = struct.unpack(">H", payload[:2])
        self.send(close_frame(code))
        return code, payload[2:].decode()

    async def end(self) -> bytes:
        """What still comes before the server hangs up."""
        async with asyncio.timeout(_WAIT_S):
            try:
                return await self.reader.read()
            except ConnectionError:  # what we sent after the end was answered with a reset
                return b""

    async def close(self) -> None:
        self.writer.transport.abort()
