"""Handing a connection over to the worker that has what its request names.

The worker that got it opens a connection to the other's side door, says whose it is, repeats what
it has read, and from then on carries bytes both ways, as they come.  Whoever takes too little
stops the other from sending: no more than the buffers of two connections is ever held.
"""

import asyncio
from pathlib import Path
from typing import cast

import msgspec

LENGTH = 4  # bytes that tell the length of what comes first: the client's address, as JSON


_LINGER_S = 1.0
_STALL_S = 10.0


class _End(asyncio.Protocol):
    """One of two connections: what it receives, the other sends."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport
        self.other: _End
        self.gone = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self.other.transport.is_closing():
            self.other.transport.write(data)

    def eof_received(self) -> bool:
        """Whether it may go on to listen for a moment: over TLS there is no such half."""
        if self.other.transport.can_write_eof():
            self.other.transport.write_eof()
        self._leave(_LINGER_S)
        return self.transport.can_write_eof()

    def pause_writing(self) -> None:
        if not self.other.transport.is_closing():
            self.other.transport.pause_reading()

    def resume_writing(self) -> None:
        if not self.other.transport.is_closing():
            self.other.transport.resume_reading()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave(0)
        if not self.gone.done():
            self.gone.set_result(None)

    def _leave(self, after_s: float) -> None:
        """The other has so long to say the last word, and a while for it to be taken."""
        loop = asyncio.get_running_loop()
        loop.call_later(after_s, self.other.transport.close)
        loop.call_later(_STALL_S, self.other.transport.abort)


class Relay:
    """A client's connection, carried to another worker; like a session's, it can be ended."""

    def __init__(self, near: _End, far: _End) -> None:
        self._ends = near, far

    def close(self, code: int, reason: str) -> None:
        """End it; nobody can say goodbye between two frames of somebody else."""
        for end in self._ends:
            end.transport.close()

    def abort(self) -> None:
        for end in self._ends:
            end.transport.abort()

    async def wait_closed(self) -> None:
        await asyncio.gather(*(end.gone for end in self._ends))


async def hand_over(
    client: asyncio.Transport, head: bytes, unread: bytearray, side_door: Path
) -> Relay:
    """Carry `client` to the worker behind that socket, and the request that begins with `head`.

    Its reading must be paused.  Raises OSError where that one or the client is gone; then nothing
    has happened.
    """
    loop = asyncio.get_running_loop()
    _, far = await loop.create_unix_connection(_End, str(side_door))
    near = _End()
    near.connection_made(client)
    near.other, far.other = far, near
    if client.is_closing():
        far.transport.abort()
        raise ConnectionAbortedError
    peer = msgspec.json.encode(client.get_extra_info("peername"))
    far.transport.write(len(peer).to_bytes(LENGTH) + peer + head + unread)
    client.set_protocol(near)
    client.resume_reading()
    return Relay(near, far)
