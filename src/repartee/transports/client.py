"""A client's end of a WebSocket to any Realtime server: JSON events both ways, and its end."""

import logging
import ssl
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import msgspec
import picows

Event = dict[str, Any]

_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
_LARGEST = 64 * 1024 * 1024  # bytes of one message taken from the server
_OPENING_S = 10.0
_UNSAID, _ABNORMAL = 1005, 1006  # RFC 6455 §7.4.1: no code in the close frame; no close frame

# picows tells of buffers that fill and drain; that is nobody's fault here.
_log = logging.getLogger("picows.client")
_log.addHandler(logging.NullHandler())

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Unreachable(Exception):
    """There is no way to the server; the message says what to do."""


class Absent(Unreachable):
    """Nobody answers there."""


class Refused(Exception):
    """The server did not take the WebSocket handshake."""


class Place(NamedTuple):
    """Where the server is: its base URL, as in http://127.0.0.1:8000/v1, and how to come in."""

    url: str = "http://127.0.0.1:8000/v1"
    model: str = "gpt-realtime"
    key: str | None = None
    ca: Path | None = None
    insecure: bool = False

    def __repr__(self) -> str:  # never the key
        return f"Place({self.url!r})"

    def address(self, query: Mapping[str, str]) -> str:
        """The WebSocket address of `realtime` with this query.  Raises Unreachable."""
        scheme, _, rest = self.url.rstrip("/").partition("://")
        if scheme not in _SCHEMES or not rest:
            raise Unreachable(
                f"{self.url} is not a base URL: it looks like http://127.0.0.1:8000/v1"
            )
        asked = f"?{urlencode(query)}" if query else ""
        return f"{_SCHEMES[scheme]}://{rest}/realtime{asked}"

    def trust(self) -> ssl.SSLContext | None:
        """Which certificates are taken; None stands for the usual ones.  Raises Unreachable."""
        if not self.insecure and self.ca is None:
            return None
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError):
            raise Unreachable(f"{self.ca} is not a file of PEM certificates") from None
        if self.insecure:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Closing(NamedTuple):
    """How the connection ended."""

    code: int
    reason: str


class Foreign(NamedTuple):
    """A frame that is no event: what is wrong with it."""

    problem: str


class Wire(picows.WSListener):
    """An open connection.  What comes is given to `take` as it comes, the end of all included."""

    def __init__(self, take: Callable[[Event | Foreign | Closing], None]) -> None:
        self._take = take
        self._begun = b""
        self._binary = False
        self._closing: Closing | None = None
        self._transport: picows.WSTransport | None = None

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

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport

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


async def connect(
    place: Place,
    take: Callable[[Event | Foreign | Closing], None],
    *,
    query: Mapping[str, str],
    headers: Mapping[str, str],
    subprotocols: Sequence[str] = (),
) -> Wire:
    """Open a WebSocket at `place`.  Raises Unreachable, or Refused where HTTP answers otherwise."""
    offered = {"Sec-WebSocket-Protocol": ", ".join(subprotocols)} if subprotocols else {}
    address, trust = place.address(query), place.trust()
    try:
        _, wire = await picows.ws_connect(
            lambda: Wire(take),
            address,
            ssl_context=trust,
            extra_headers={**headers, **offered},
            max_frame_size=_LARGEST,
            logger_name=_log,
            websocket_handshake_timeout=_OPENING_S,
        )
    except ssl.SSLCertVerificationError:
        raise Unreachable(
            f"the certificate of {place.url} is not trusted: name it with --ca FILE, "
            "or use --insecure"
        ) from None
    except picows.WSHandshakeError as error:
        raise Refused(f"the WebSocket handshake fails: {error}") from None
    except (TimeoutError, OSError):
        raise Absent(f"cannot reach {place.url}") from None
    assert isinstance(wire, Wire)
    return wire
