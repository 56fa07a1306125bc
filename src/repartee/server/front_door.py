"""The front door: every connection comes in here, whatever it wants.

A connection speaks HTTP/1.1 until a request for a WebSocket is granted; then the transport is
handed to `transports.websocket` and this object is forgotten.  Whatever a stranger can make grow
is bounded: the head of a request, its body, and the time it may take to send them.
"""

import asyncio
import socket
from collections.abc import Callable
from http import HTTPStatus
from pathlib import Path
from typing import cast

import h11

from repartee.server.edge import MOST_BODY, Edge
from repartee.server.exchange import Application, Exchange, write_problem
from repartee.server.floods import Flood
from repartee.server.problems import Problem
from repartee.server.request import Request, check
from repartee.server.workers.handover import hand_over

_MOST_HEAD = 64 * 1024
_SEND_BUFFER = 64 * 1024  # what the kernel holds for a client is output nobody can take back
_FLOODING_S = 1.0  # for an address that connects too often, to send the head of its request
_UPLOAD_S = 60.0  # to send a body, where that may be long
_LINGER_S = 1.0  # for a client that is still sending, to read why it is refused


class FrontDoor(asyncio.Protocol):
    """One connection while it speaks HTTP; another worker may have handed it over."""

    def __init__(
        self, edge: Edge, application: Application, *, is_handed_over: bool = False
    ) -> None:
        self._edge = edge
        self._is_handed_over = is_handed_over
        self._application = application
        self._transport: asyncio.Transport
        self._peer: object = None
        self._flooding: Problem | None = None  # why the connection is one too many
        self._http: h11.Connection  # one a request: we keep what comes after it
        self._unread = bytearray()
        self._request: Request | None = None
        self._body = bytearray()
        self._most_body = 0
        self._exchange: Exchange | None = None
        self._answering: asyncio.Task[None] | None = None
        self._ending = False
        self._deadline: asyncio.TimerHandle | None = None

    def close(self) -> None:
        """End the connection: at once if nothing is being answered, else after the answer."""
        self._ending = True
        self._disarm()
        if self._exchange is None:
            self._hang_up()

    def abort(self) -> None:
        """End the connection at once."""
        self._transport.abort()

    # What asyncio tells

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SEND_BUFFER)
        self._edge.enter(self)
        self._peer = transport.get_extra_info("peername")
        if not self._is_handed_over:  # else it is counted where it came in
            now = asyncio.get_running_loop().time()
            self._flooding = self._edge.floods.arrive(self._peer, now)
        self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._edge.leave(self)
        self._disarm()
        if self._answering is not None:  # nobody waits for the answer any more
            self._answering.cancel()

    def data_received(self, data: bytes) -> None:
        if self._ending:
            return
        self._unread += data
        if self._answering is None:
            self._guarded(self._read)
        elif len(self._unread) > _MOST_HEAD:  # requests ahead of their turn
            self._transport.pause_reading()

    def pause_writing(self) -> None:
        if self._exchange is not None:
            self._exchange.pause()

    def resume_writing(self) -> None:
        if self._exchange is not None:
            self._exchange.resume()

    # Reading a request

    def _await_request(self) -> None:
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=_MOST_HEAD)
        self._request = None
        self._body.clear()
        self._edge.end(self)
        wait = self._edge.server.header_timeout_s
        self._expect(wait if self._flooding is None else min(wait, _FLOODING_S))

    def _expect(self, within_s: float) -> None:
        """The client has so long for what it sends next."""
        self._disarm()
        loop = asyncio.get_running_loop()
        self._deadline = loop.call_later(within_s, self._guarded, self._time_out)

    def _time_out(self) -> None:
        if self._unread or self._request is not None:
            raise Problem(408, "The request did not arrive in time.", code="request_timeout")
        self._hang_up()

    def _hang_up(self) -> None:
        """Close the connection, without waiting forever for a client to take its answer."""
        self._transport.close()
        if self._transport.get_write_buffer_size():
            wait = self._edge.server.header_timeout_s
            asyncio.get_running_loop().call_later(wait, self._transport.abort)

    def _disarm(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _guarded(self, step: Callable[[], None]) -> None:
        try:
            step()
        except Problem as problem:
            self._refuse(problem)
        except h11.RemoteProtocolError as error:
            self._refuse(Problem(error.error_status_hint, f"Malformed request: {error}."))

    def _read(self) -> None:
        if self._request is None and not self._read_head():
            return
        if self._unread:
            self._http.receive_data(bytes(self._unread))
            self._unread.clear()
        while isinstance(event := self._http.next_event(), h11.Data):
            self._body += event.data
            if len(self._body) > self._most_body:
                raise Problem(413, f"A request's body has {self._most_body} bytes at most here.")
        if isinstance(event, h11.EndOfMessage):
            self._unread[:0] = self._http.trailing_data[0]  # the requests after this one
            self._answer()
        elif self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self._transport.write(self._http.send(go_on) or b"")

    def _read_head(self) -> bool:
        """Whether the head is complete and its body may follow."""
        end = self._unread.find(b"\r\n\r\n") + 4
        if end > _MOST_HEAD or (end < 4 and len(self._unread) > _MOST_HEAD):
            raise Problem(431, f"The head of a request has {_MOST_HEAD} bytes at most.")
        if end < 4:
            return False
        head = bytes(self._unread[:end])
        del self._unread[:end]
        self._http.receive_data(head)
        event = self._http.next_event()
        if not isinstance(event, h11.Request):
            raise Problem(400, "Malformed request.")
        check(head, event)
        self._request = Request(event)
        self._edge.check_address(self._request, self._peer, self._flooding)
        side_door = None if self._is_handed_over else self._edge.cluster.elsewhere(self._request)
        if side_door is not None:
            self._hand_over(side_door, head)
            return False
        return self._let_in()

    def _let_in(self) -> bool:
        """Whether the request may be answered here, once its body has come."""
        assert self._request is not None
        self._edge.check(self._request)
        if self._request.wants_websocket:
            self._upgrade(self._request)
            return False
        self._most_body = self._edge.begin(self, self._request)
        if self._most_body > MOST_BODY:
            self._expect(max(_UPLOAD_S, self._edge.server.header_timeout_s))
        return True

    # Answering it

    def _hand_over(self, side_door: Path, head: bytes) -> None:
        """Let the worker answer that has what is asked for; where it is gone, nobody has."""
        self._disarm()
        self._transport.pause_reading()
        self._answering = self._edge.run(self._reach(side_door, head))

    async def _reach(self, side_door: Path, head: bytes) -> None:
        try:
            relay = await hand_over(self._transport, head, self._unread, side_door)
        except OSError:
            self._answering = None
            if not self._transport.is_closing():
                self._transport.resume_reading()
                self._guarded(self._answer_here)
        else:
            self._edge.leave(self)
            self._edge.carry(relay)

    def _answer_here(self) -> None:
        self._expect(self._edge.server.header_timeout_s)
        if self._let_in():
            self._read()

    def _upgrade(self, request: Request) -> None:
        admission = self._edge.judge_upgrade(request)
        self._disarm()
        self._edge.leave(self)
        rest = bytes(self._unread)
        self._edge.upgrade(self._transport, request, admission, rest)
        # uvloop goes on holding this object for as long as the session lasts.
        self._request = None
        del self._http, self._unread

    def _answer(self) -> None:
        assert self._request is not None
        self._disarm()
        self._exchange = Exchange(self._http, self._transport, self._request, bytes(self._body))
        self._answering = self._edge.run(self._converse(self._exchange))

    async def _converse(self, exchange: Exchange) -> None:
        await exchange.run(self._application)
        self._exchange = self._answering = None
        if self._transport.is_closing():
            return
        if self._ending or {self._http.our_state, self._http.their_state} != {h11.DONE}:
            self._hang_up()
        else:
            self._await_request()
            self._transport.resume_reading()
            self._guarded(self._read)

    def _refuse(self, problem: Problem) -> None:
        """Say why, and end the connection: what follows on it cannot be told apart."""
        self._edge.refused[problem.code or ""] += 1
        if problem.status == HTTPStatus.UNAUTHORIZED and self._request is not None:
            self._edge.refuse_key(self._request, self._peer)
        self._disarm()
        self._ending = True
        if self._http.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            write_problem(self._http, self._transport, problem, self._request, last=True)
        if self._transport.can_write_eof():
            self._transport.write_eof()
        # Closing while a client still sends resets the connection and may cost it our answer.
        linger = 0 if isinstance(problem, Flood) else _LINGER_S
        asyncio.get_running_loop().call_later(linger, self._hang_up)
