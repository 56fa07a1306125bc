"""A session's socket: messages out as they are, messages in as they come."""

import asyncio
import os
import ssl
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import Protocol

import picows

from repartee.bench import opening
from repartee.bench.plan import Plan
from repartee.transports.client import Place

_PATIENCE_S = 10.0
_LARGEST = 64 * 1024 * 1024  # bytes of one message taken from the server
_MOST_UNSENT = 1024 * 1024  # bytes that a server may leave unread besides what the kernel holds

Hear = Callable[[bytes | memoryview], None]
Lose = Callable[[str], None]


class NotConnected(Exception):
    """The connection was not made; the message names the kind of failure."""


class Line(Protocol):
    """An open connection."""

    def send(self, message: bytes) -> None: ...

    async def close(self) -> None: ...


class OpenLine(Protocol):
    """Opens one.  What comes is given to `hear`, at once, and `lose` is told why it ended, once."""

    def __call__(self, hear: Hear, lose: Lose) -> Awaitable[Line]: ...


class Socket(picows.WSListener):
    """A WebSocket."""

    def __init__(self, hear: Hear, lose: Lose) -> None:
        self._hear = hear
        self._lose = lose
        self._begun = b""
        self._reason = "connection lost"
        self._aborted = False
        self._transport: picows.WSTransport | None = None

    def send(self, message: bytes) -> None:
        """Send a text; one sent after the end goes nowhere."""
        assert self._transport is not None
        if not self._transport.is_disconnected:
            self._transport.send(picows.WSMsgType.TEXT, message)

    async def close(self) -> None:
        """Say goodbye and wait until the connection is down."""
        assert self._transport is not None
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
        transport.underlying_transport.set_write_buffer_limits(_MOST_UNSENT)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type is picows.WSMsgType.CLOSE:
            self._reason = f"closed by the server with {frame.get_close_code().value}"
            transport.send_close(picows.WSCloseCode.OK)
            transport.disconnect()
        elif frame.msg_type is picows.WSMsgType.TEXT and frame.fin:
            self._hear(frame.get_payload_as_memoryview())
        elif frame.msg_type in (picows.WSMsgType.TEXT, picows.WSMsgType.CONTINUATION):
            self._begun += frame.get_payload_as_bytes()
            if frame.fin:
                message, self._begun = self._begun, b""
                self._hear(message)

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._lose(self._reason)

    def pause_writing(self) -> None:
        self._reason = "the server has stopped reading"
        self.abort()


def _reason(error: OSError) -> str:
    """In words that are the same for every address; of names that are none, errno is negative."""
    if isinstance(error, ssl.SSLError):
        return f"TLS: {error.reason or error}"
    if error.errno is not None and error.errno > 0:
        return os.strerror(error.errno)
    return error.strerror or type(error).__name__


def line_opener(place: Place, plan: Plan) -> OpenLine:
    """Opens lines to `place`.  Raises transports.client.Unreachable where there can be none."""
    return partial(
        _open,
        place.address({"model": place.model}),
        opening.headers(plan, place.key),
        place.trust(),
    )


async def _open(
    address: str, headers: Mapping[str, str], trust: ssl.SSLContext | None, hear: Hear, lose: Lose
) -> Line:
    socket = Socket(hear, lose)
    try:
        await picows.ws_connect(
            lambda: socket,
            address,
            ssl_context=trust,
            extra_headers=headers,
            max_frame_size=_LARGEST,
            websocket_handshake_timeout=_PATIENCE_S,
            max_redirects=0,  # a redirect would take the key to another host
        )
    except picows.WSHandshakeError as error:
        answer = error.response
        status = "none that is HTTP" if answer is None else int(answer.status)
        raise NotConnected(f"handshake answered {status}") from None
    except TimeoutError:
        raise NotConnected("no answer to the handshake") from None
    except asyncio.CancelledError:
        socket.abort()  # picows goes on with a handshake that it has begun
        raise
    except OSError as error:
        raise NotConnected(_reason(error)) from None
    return socket
