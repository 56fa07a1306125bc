"""One WebSocket to a Realtime server: JSON events both ways."""

import asyncio
import ssl
from typing import Any
from urllib.parse import quote

import msgspec
import picows

from repartee.talk import TalkError

Event = dict[str, Any]

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_LARGEST = 64 * 1024 * 1024  # bytes of one message taken from the server


class Closed(TalkError):
    """The server ended the connection."""


class Wire(picows.WSListener):
    """An open connection.  `events` holds what the server said, and at the end a `Closed`."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[Event | Closed] = asyncio.Queue()
        self._begun = b""
        self._transport: picows.WSTransport | None = None

    def send(self, event: Event) -> None:
        """Send an event; one sent after the end goes nowhere."""
        if self._transport is not None and not self._transport.is_disconnected:
            self._transport.send(picows.WSMsgType.TEXT, _encode(event))

    async def close(self) -> None:
        """Say goodbye and wait until the connection is down."""
        if self._transport is not None:
            self._transport.send_close(picows.WSCloseCode.OK)
            self._transport.disconnect()
            await self._transport.wait_disconnected()

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type is picows.WSMsgType.CLOSE:
            reason = frame.get_close_reason() or "no reason given"
            code = frame.get_close_code().value
            self.events.put_nowait(Closed(f"the server closed the connection: {reason} ({code})"))
            transport.send_close(frame.get_close_code() or picows.WSCloseCode.OK)
            transport.disconnect()
        elif frame.msg_type in (picows.WSMsgType.TEXT, picows.WSMsgType.CONTINUATION):
            self._begun += frame.get_payload_as_bytes()
            if frame.fin:
                message, self._begun = self._begun, b""
                self.events.put_nowait(_decode(message))

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self.events.put_nowait(Closed("the server is gone"))


async def connect(url: str, *, model: str, key: str | None, trust: ssl.SSLContext | None) -> Wire:
    """Open a session of `model` at the base URL `url`, as in http://127.0.0.1:8000/v1.

    `trust` says which certificates are taken; None means the usual ones.  Raises TalkError.
    """
    scheme, _, rest = url.rstrip("/").partition("://")
    schemes = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}
    if scheme not in schemes or not rest:
        raise TalkError(f"{url} is not a base URL: it looks like http://127.0.0.1:8000/v1")
    address = f"{schemes[scheme]}://{rest}/realtime?model={quote(model)}"
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        _, wire = await picows.ws_connect(
            Wire, address, ssl_context=trust, extra_headers=headers, max_frame_size=_LARGEST
        )
    except ssl.SSLCertVerificationError:
        raise TalkError(
            f"the certificate of {url} is not trusted: name it with --ca FILE, or use --insecure"
        ) from None
    except picows.WSHandshakeError as error:
        raise TalkError(f"{url} does not answer as a Realtime server: {error}") from None
    except (OSError, TimeoutError):
        raise TalkError(
            f"cannot reach {url}: start a server with `repartee serve`, or use --local"
        ) from None
    assert isinstance(wire, Wire)
    return wire
