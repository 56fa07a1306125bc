"""A client's end of a WebSocket to a Realtime server: JSON events both ways, and its end."""

import asyncio
import logging
import ssl
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import msgspec
import picows

Event = dict[str, Any]

_LARGEST = 64 * 1024 * 1024  # bytes of one message taken from the server
_UNSAID, _ABNORMAL = 1005, 1006  # RFC 6455 §7.4.1: no code in the close frame; no close frame

# picows tells of buffers that fill and drain; that is nobody's fault here.
_log = logging.getLogger("picows.client")
_log.addHandler(logging.NullHandler())

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Closing(NamedTuple):
    """How the connection ended."""

    code: int
    reason: str


class Foreign(NamedTuple):
    """A frame that is no event: what is wrong with it."""

    problem: str


class Rejected(Exception):
    """The handshake came to nothing: HTTP answered with `status`, or with nothing that is HTTP."""

    def __init__(self, failed: picows.WSHandshakeError) -> None:
        super().__init__(str(failed))
        answer = failed.response
        self.status = None if answer is None else int(answer.status)
        self.body = failed.raw_body or b""
        headers = None if answer is None else answer.headers
        self.retry_after = None if headers is None else headers.get("Retry-After")


class Wire(picows.WSListener):
    """An open connection.  What comes is given to `take` as it comes, the end of all included."""

    def __init__(self, take: Callable[[Event | Foreign | Closing], None]) -> None:
        self._take = take
        self._begun = b""
        self._binary = False
        self._closing: Closing | None = None
        self._transport: picows.WSTransport | None = None
        self._aborted = False

    @property
    def subprotocol(self) -> str | None:
        """The subprotocol that the server has chosen, if any."""
        assert self._transport is not None
        headers = self._transport.response.headers
        return None if headers is None else headers.get("Sec-WebSocket-Protocol")

    def send(self, event: Event) -> None:
        """Send an event; one sent after the end goes nowhere."""
        self.send_text(_encode(event))

    def send_text(self, text: bytes) -> None:
        """Send any text frame."""
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send(picows.WSMsgType.TEXT, text)

    async def close(self) -> None:
        """Say goodbye and wait until the connection is down."""
        if self._transport is not None:
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()
            await self._transport.wait_disconnected()

    def abort(self) -> None:
        """Take the connection down without a word, or as soon as it is up."""
        self._aborted = True
        if self._transport is not None:
            self._transport.disconnect(graceful=False)

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport
        if self._aborted:
            self.abort()

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        match frame.msg_type:
            case picows.WSMsgType.CLOSE:
                self._closing = _closing(frame.get_payload_as_bytes())
                transport.send_close(picows.WSCloseCode.OK)
                transport.disconnect()
            case picows.WSMsgType.TEXT | picows.WSMsgType.BINARY | picows.WSMsgType.CONTINUATION:
                if frame.msg_type is not picows.WSMsgType.CONTINUATION:
                    self._binary = frame.msg_type is picows.WSMsgType.BINARY
                self._begun += frame.get_payload_as_bytes()
                if frame.fin:
                    message, self._begun = self._begun, b""
                    self._take(self._read(message))

    def _read(self, message: bytes) -> Event | Foreign:
        if self._binary:
            return Foreign(f"a binary frame of {len(message)} bytes")
        try:
            event = _decode(message)
        except (msgspec.DecodeError, UnicodeDecodeError):
            return Foreign(f"a frame that is not one JSON value: {message[:60]!r}")
        return event if isinstance(event, dict) else Foreign(f"a frame that is {event!r:.60}")

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._take(self._closing or Closing(_ABNORMAL, ""))


def _closing(payload: bytes) -> Closing:
    """What a close frame says (RFC 6455 §5.5.1)."""
    if len(payload) < 2:
        return Closing(_UNSAID, "")
    return Closing(int.from_bytes(payload[:2]), payload[2:].decode(errors="replace"))


async def open_wire(
    address: str,
    take: Callable[[Event | Foreign | Closing], None],
    headers: Mapping[str, str],
    trust: ssl.SSLContext | None,
    patience_s: float,
) -> Wire:
    """Open a WebSocket; with `trust` None the usual certificates are taken.

    Raises Rejected where HTTP answers otherwise, TimeoutError, OSError.
    """
    wire = Wire(take)
    try:
        await picows.ws_connect(
            lambda: wire,
            address,
            ssl_context=trust,
            extra_headers=headers,
            max_frame_size=_LARGEST,
            logger_name=_log,
            websocket_handshake_timeout=patience_s,
            max_redirects=0,  # a redirect would take the key to another host
        )
    except picows.WSHandshakeError as error:
        raise Rejected(error) from None
    except asyncio.CancelledError:
        wire.abort()  # picows goes on with a handshake that it has begun
        raise
    return wire
