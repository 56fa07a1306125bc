"""One client's WebSocket: text messages both ways, bounded in every direction.

picows parses and builds the frames (docs/why/decisions/0001-websocket-server.md says why); what
RFC 6455 asks beyond single frames is here and in `messages`.  A connection comes from the front
door, which has read the HTTP request and decided to upgrade it.

Bounds.  In: a message's bytes (1009), its fragments and a client's pings (1008); reading pauses
while nobody listens yet, and while a client leaves far too much of what it asked for untaken.
Out: `drained` makes engines wait, and a client that takes nothing at all is cut off (1008).
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any, Protocol, cast

from msgspec import Struct
from picows import (
    WSAutoPingStrategy,
    WSCloseCode,
    WSFrame,
    WSListener,
    WSMsgType,
    WSTransport,
    WSUpgradeRequest,
    WSUpgradeResponse,
    WSUpgradeResponseWithListener,
)

# The one name we take that picows does not export: its public `ws_create_server` wants a port of
# its own.  The requirement pins the minor release, and the tests of this module notice a change.
from picows.picows import WSProtocol  # type: ignore[attr-defined]

from repartee.transports.messages import (
    POLICY_VIOLATION,
    PROTOCOL_ERROR,
    Messages,
    Violation,
)

log = logging.getLogger(__name__)

# What picows has to say is the client's doing, and a client can make it endless: addresses,
# malformed frames and, at its lowest level, payloads.  What concerns us is logged here instead.
_SILENCE = logging.Logger("repartee.transports.picows", logging.CRITICAL)

_HEADROOM = bytearray(14)  # where picows writes the header of a frame, in front of its payload
_MOST_PINGS = 100  # within a second
_REASON_BYTES = 123  # RFC 6455 §5.5: a control frame carries 125 bytes, two of them the code
_LOOKS = 6  # at a slow client, before it counts as one that takes nothing

OK = 1000
NO_CODE = 1005  # RFC 6455 §7.4.1: the client's close frame had none
LOST = 1006  # the same: there was no close frame
INTERNAL_ERROR = 1011


class Bounds(Struct, frozen=True, kw_only=True):
    """What one connection may cost.  Times in seconds."""

    max_message_bytes: int = 21 * 1024 * 1024
    output_lead_bytes: int = 1024 * 1024  # untaken output at which `drained` makes engines wait
    slow_consumer_s: float = 30.0  # without taking anything
    ping_s: float = 20.0  # of silence, before the client is asked whether it is there …
    pong_s: float = 20.0  # … and how long it may take to say so
    close_s: float = 5.0  # to answer our close frame


class Transport(Protocol):
    """A client's connection as a session uses it, whatever it is made of."""

    paced: bool  # whether it plays in real time and tells what was heard

    @property
    def ending(self) -> tuple[int, str]:
        """The close code, and "client", "lost" or the reason we gave, once it is gone."""

    @property
    def closed(self) -> bool:
        """Whether the connection is gone or going; what is sent now reaches nobody."""

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        """Tell `hear` of each text message (UTF-8) in order, `hear_binary` of each binary one.

        What came before is told as well, in the next turn of the event loop.
        """

    def send(self, frame: bytes) -> None:
        """Deliver one encoded event as one text message, in order; never waits."""

    async def drained(self) -> None:
        """Wait while the client has left more than the output lead untaken."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection is down soon after, whatever the client does."""

    async def wait_closed(self) -> None:
        """Wait until the connection is down."""


def upgrade(
    transport: asyncio.Transport,
    key: str,
    subprotocol: str | None,
    rest: bytes,
    bounds: Bounds,
) -> "WebSocketTransport":
    """Answer 101 and go on with `transport` as a WebSocket.

    `key` is the request's Sec-WebSocket-Key (16 bytes in base64, checked before), `rest` what was
    read after the request's head.
    """
    socket = WebSocketTransport(bounds)
    chosen = [("Sec-WebSocket-Protocol", subprotocol)] if subprotocol else []
    response = WSUpgradeResponse.create_101_response(extra_headers=chosen)

    def accept(_: WSUpgradeRequest) -> WSUpgradeResponseWithListener:
        return WSUpgradeResponseWithListener(response, socket)

    protocol = _protocol(accept, bounds)
    transport.set_protocol(protocol)
    protocol.connection_made(transport)
    # picows reads a request of its own making, so that it meets neither the client's key nor
    # headers that it is stricter about than HTTP (Firefox says "Connection: keep-alive, Upgrade").
    request = (
        "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
    )
    _replay(protocol, request.encode())
    _replay(protocol, rest)
    return socket


def _protocol(accept: Callable[[WSUpgradeRequest], object], bounds: Bounds) -> Any:
    """A server's end of picows, for one connection."""
    return WSProtocol(
        None,  # a client's host
        None,  # and path
        False,  # is_client_side
        accept,
        _SILENCE,
        True,  # disconnect_on_exception
        None,  # handshake timeout: the handshake is over
        True,  # auto ping
        bounds.ping_s,
        bounds.pong_s,
        WSAutoPingStrategy.PING_WHEN_IDLE,
        False,  # auto pong: we count the pings we answer
        bounds.max_message_bytes,
        None,  # a client's extra headers
        16 * 1024,  # read buffer to begin with
    )


def _replay(protocol: asyncio.BufferedProtocol, data: bytes) -> None:
    while data:
        room = memoryview(protocol.get_buffer(-1))
        fits = min(len(room), len(data))
        room[:fits] = data[:fits]
        protocol.buffer_updated(fits)
        data = data[fits:]


class WebSocketTransport(WSListener):
    """A `Transport` over one upgraded connection; made by `upgrade`."""

    paced: bool = False

    def __init__(self, bounds: Bounds) -> None:
        self.ending = (LOST, "lost")
        self._bounds = bounds
        self._loop = asyncio.get_running_loop()
        self._wire: WSTransport
        self._hear: Callable[[bytes], None] | None = None
        self._hear_binary: Callable[[], None] | None = None
        self._early: list[bytes | None] = []  # messages before `listen`; None is a binary one
        self._messages = Messages(bounds.max_message_bytes)
        self._pings = 0
        self._pings_since = 0.0
        self._sent = 0
        self._stall: asyncio.TimerHandle | None = None
        self._end: asyncio.TimerHandle | None = None
        self._taken = asyncio.Event()
        self._taken.set()
        self._gone = asyncio.Event()

    # What a session uses

    @property
    def closed(self) -> bool:
        return self._wire.is_close_frame_sent or self._wire.is_disconnected

    @property
    def untaken(self) -> int:
        """Bytes that neither the client nor the kernel has taken from us."""
        return self._stream.get_write_buffer_size()

    def listen(self, hear: Callable[[bytes], None], hear_binary: Callable[[], None]) -> None:
        self._hear, self._hear_binary = hear, hear_binary
        self._loop.call_soon(self._catch_up)

    def send(self, frame: bytes) -> None:
        if self.closed:
            return
        # Not `send`: on transports other than its own it queues a payload above 8 kB behind a
        # view of a header which the next frame overwrites (picows 2.3.1).
        self._wire.send_reuse_external_bytearray(WSMsgType.TEXT, _HEADROOM + frame, len(_HEADROOM))
        self._sent += len(frame)
        if self._stall is None and self.untaken:
            self._watch(self._sent - self.untaken, _LOOKS)
        if not self._taken.is_set():
            self._steer_reading()

    async def drained(self) -> None:
        await self._taken.wait()

    def close(self, code: int, reason: str) -> None:
        if self.closed:
            return
        self.ending = (code, reason)
        brief = reason.encode()[:_REASON_BYTES].decode(errors="ignore")
        # picows sends any code, though its types name only those of the RFC.
        self._wire.send_close(cast(WSCloseCode, code), brief)
        self._end = self._loop.call_later(self._bounds.close_s, self._wire.disconnect, False)
        self._taken.set()
        self._steer_reading()  # the client's own close frame is still wanted

    def abort(self) -> None:
        """End the connection at once, without a close frame."""
        self._wire.disconnect(graceful=False)

    async def wait_closed(self) -> None:
        await self._gone.wait()

    # What picows tells

    def on_ws_connected(self, transport: WSTransport) -> None:
        self._wire = transport
        lead = self._bounds.output_lead_bytes
        self._stream.set_write_buffer_limits(high=lead, low=lead // 2)

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        for timer in (self._stall, self._end):
            if timer is not None:
                timer.cancel()
        self._taken.set()
        self._gone.set()

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        try:
            if frame.rsv1 or frame.rsv2 or frame.rsv3:
                raise Violation(PROTOCOL_ERROR, "reserved bits, but no extension was agreed")
            kind = frame.msg_type
            if kind is WSMsgType.CLOSE:
                self._part(frame)
            elif not self.closed:
                transport.notify_user_specific_pong_received()  # any frame: it is there
                self._take(kind, frame)
        except Violation as violation:
            self.close(violation.code, violation.reason)
        except Exception:
            self._fail()

    def send_user_specific_ping(self, transport: WSTransport) -> None:
        if transport.is_close_frame_sent:  # an end that waits for a client which reads nothing
            transport.disconnect(graceful=False)
        else:
            transport.send_ping()

    def pause_writing(self) -> None:
        if not self.closed:
            self._taken.clear()

    def resume_writing(self) -> None:
        self._taken.set()
        self._steer_reading()

    # The way in

    def _take(self, kind: WSMsgType, frame: WSFrame) -> None:
        if kind is WSMsgType.PING:
            self._count_ping()
            self._wire.send_pong(frame.get_payload_as_bytes())
        elif kind is not WSMsgType.PONG:
            message = self._messages.add(frame)
            if self._messages.complete:
                self._tell(message)

    def _tell(self, message: bytes | None) -> None:
        if self._hear is None or self._hear_binary is None or self._early:
            self._early.append(message)
            self._steer_reading()
        elif message is None:
            self._hear_binary()
        else:
            self._hear(message)

    def _catch_up(self) -> None:
        early, self._early = self._early, []
        try:
            for message in early:
                self._tell(message)
        except Exception:
            self._fail()
        self._steer_reading()

    def _fail(self) -> None:
        """Whoever listens has failed: our bug, and the client is told as much."""
        log.exception("a message could not be heard")
        self.close(INTERNAL_ERROR, "internal error")

    def _count_ping(self) -> None:
        now = self._loop.time()
        if now - self._pings_since > 1:
            self._pings, self._pings_since = 0, now
        self._pings += 1
        if self._pings > _MOST_PINGS:
            raise Violation(POLICY_VIOLATION, "too many pings")

    def _part(self, frame: WSFrame) -> None:
        """Answer the client's close frame with its own code, and end the connection."""
        code = cast(int, frame.get_close_code())
        if frame.payload_size and (code in (0, 1006) or code >= 5000):
            self.close(PROTOCOL_ERROR, "not a close code")
        if not self.closed:
            self.close(code or OK, "")
            self.ending = (code or NO_CODE, "client")
        self._wire.disconnect()

    def _steer_reading(self) -> None:
        """Let TCP hold the client back while what it sends, or what it asks for, piles up."""
        stream = self._stream
        if stream.is_closing():
            return
        piled_up = bool(self._early) or self.untaken > 2 * self._bounds.output_lead_bytes
        if piled_up and not self.closed:
            stream.pause_reading()
        elif not stream.is_reading():
            stream.resume_reading()

    # The way out

    @property
    def _stream(self) -> asyncio.Transport:
        return self._wire.underlying_transport

    def _watch(self, taken: int, looks: int) -> None:
        """While output waits, see from time to time that the client takes some of it."""
        pause = self._bounds.slow_consumer_s / _LOOKS
        self._stall = self._loop.call_later(pause, self._look, taken, looks - 1)

    def _look(self, before: int, looks: int) -> None:
        self._stall = None
        taken = self._sent - self.untaken
        if taken > before:
            looks = _LOOKS
        if looks == 0:
            self.close(POLICY_VIOLATION, "slow_consumer")
        elif self.untaken and not self.closed:
            self._watch(taken, looks)
