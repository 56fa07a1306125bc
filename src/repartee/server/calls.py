"""Calls over WebRTC: opened by an SDP offer over HTTP, ended by whoever hangs up.

A call is a session like any other: it begins with what its key and its request say of it, it counts
towards the limits of its key, and its end is awaited when the server drains.  Whoever shows the key
that opened it may join it over WebSockets, its sidebands, and hang it up.
"""

import asyncio
import logging
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING

from msgspec import UNSET, Struct, structs
from starlette.requests import Request
from starlette.responses import Response

from repartee.protocol import creation
from repartee.protocol.beta import BETA
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.runtime.driver import Driver
from repartee.runtime.sessions import Sessions, Unopenable
from repartee.server import call_request
from repartee.server import request as front
from repartee.server.access import Caller, is_loopback
from repartee.server.call_request import bad_offer
from repartee.server.cluster import counting
from repartee.server.edge import CALLS_PATH, Edge
from repartee.server.problems import (
    Problem,
    bad_body,
    full,
    internal,
    no_calls,
    unknown_call,
)
from repartee.server.websocket_route import (
    PATHS,
    Handshake,
    Refusal,
    Sideband,
    no_such_call,
    session_of,
    too_many_sidebands,
)
from repartee.settings import SettingsError, WebRTC
from repartee.transports.fanout import MOST_SIDEBANDS, Fanout
from repartee.transports.websocket import WebSocketTransport

if TYPE_CHECKING:
    from repartee.transports.webrtc.call import Call
    from repartee.transports.webrtc.place import Place

log = logging.getLogger(__name__)

_OK = 1000


class _Open(Struct):
    """A call, the key by which it was opened and, once it is answered, its driver."""

    call: "Call"
    key: str
    fanout: Fanout
    driver: Driver | None = None


class Calls:
    """The calls of one server.  Raises SettingsError for settings that cannot be obeyed."""

    def __init__(self, edge: Edge, sessions: Sessions, settings: WebRTC) -> None:
        self._edge = edge
        self._sessions = sessions
        self._settings = settings
        try:
            self._ports = settings.ports
        except ValueError as error:
            raise SettingsError(str(error)) from None
        self._calls: dict[str, _Open] = {}
        edge.attend_call = self.attend

    async def create(self, request: Request) -> Response:
        """POST /v1/realtime/calls, or, in the beta API, /v1/realtime?model=….  Raises Problem."""
        asked_by = _front(request)
        caller = self._edge.access.caller(asked_by, opens_session=True)
        if find_spec("aiortc") is None:
            raise no_calls()
        # Slow to load, and needed by nobody else.
        await asyncio.to_thread(import_module, "repartee.transports.webrtc.call")
        wanted = await call_request.read(request)
        self._edge.check_capacity()
        asked = self._admit(self._asked(asked_by, caller, wanted.session))
        call_id = self._edge.cluster.new_id("rtc")
        answer = await self._begin(call_id, wanted.offer, asked, caller)
        location = {"Location": f"{CALLS_PATH}/{call_id}", "Cache-Control": "no-store"}
        return Response(answer, 201, location, media_type=call_request.SDP_TYPE)

    async def hang_up(self, request: Request) -> Response:
        """POST /v1/realtime/calls/{call_id}/hangup.  Raises Problem (404)."""
        caller = self._edge.access.caller(_front(request))
        call_id = request.path_params["call_id"]
        known = self._known(call_id, caller.key.id)
        if known is None:
            raise unknown_call(call_id)
        known.fanout.close(_OK, "hung up")
        await known.call.wait_closed()
        return Response(status_code=200)

    async def attend(self, transport: WebSocketTransport, asked: Sideband) -> None:
        """Let a sideband take part in its call until one of them is over, or tell why not."""
        known = self._known(asked.call_id, asked.key)
        greeting = known.driver.greeting() if known and known.driver else None
        if known is None or greeting is None or not known.fanout.open:
            no_such_call(asked.call_id).tell(transport)
        elif known.fanout.full:
            too_many_sidebands(MOST_SIDEBANDS).tell(transport)
        else:
            log.info("sideband joined", extra={"call": asked.call_id})
            await known.fanout.attend(transport, greeting)

    def _known(self, call_id: str, key: str) -> _Open | None:
        """The call of this id; one of another key is not told from one that never was."""
        known = self._calls.get(call_id)
        return known if known is not None and known.key == key else None

    def _admit(self, asked: Handshake) -> Handshake:
        """Let a caller in, as any client and as a caller.  Raises Problem (400, 429, 503)."""
        asked = _accepted(self._edge.admit(asked))
        most = self._settings.max_calls
        try:
            with counting(self._edge.cluster.calls) as live:
                if most is not None and live.total >= most:
                    raise full()
                live.begin("")
        except Problem:
            self._edge.turn_out(asked)
            raise
        return asked

    def _asked(self, request: front.Request, caller: Caller, session: bytes | None) -> Handshake:
        """The session that a call begins with.  Raises Problem (400)."""
        asked = _accepted(session_of(request, caller))
        secret = caller.secret
        # Headers play no part: beta clients have sent those of another API here.
        is_beta = request.path in PATHS or (secret is not None and secret.dialect == "beta")
        asked = structs.replace(asked, dialect=BETA if is_beta else GA)
        if session is not None:
            asked = _with_session(asked, caller, session)
        return asked

    async def _begin(self, call_id: str, offer: str, asked: Handshake, caller: Caller) -> str:
        """Begin a call; the answer to its offer.  Raises Problem."""
        from repartee.transports.webrtc.call import Bounds, Call

        server = self._edge.server
        bounds = Bounds(
            output_lead_bytes=server.output_lead_bytes,
            slow_consumer_s=server.slow_consumer_s,
            gather_s=self._settings.gather_s,
            connect_s=self._settings.connect_s,
        )
        call = Call(self._place(), bounds)
        self._calls[call_id] = _Open(call, caller.key.id, Fanout(call))
        answered: asyncio.Future[str] = asyncio.get_running_loop().create_future()
        serving = self._serve(call_id, offer, asked, answered)
        self._edge.serve(serving, call, asked)
        return await answered

    async def _serve(
        self, call_id: str, offer: str, asked: Handshake, answered: "asyncio.Future[str]"
    ) -> None:
        """A call from its offer to its end; what goes wrong before its answer is told there."""
        opened = self._calls[call_id]
        call = opened.call
        try:
            answer = await _answer(call, offer)
            opened.driver = driver = self._sessions.driver(
                opened.fanout,
                asked.model,
                asked.dialect,
                transcribes=asked.transcribes,
                terms=asked.terms,
                speaker=call.playout,
                arrival=structs.replace(asked.arrival, transport="webrtc", call_id=call_id),
            )
            call.listen_to_sound(driver.inlet.hear_sound)
            if not answered.cancelled():  # else the client has left meanwhile
                answered.set_result(answer)
                log.info("call answered", extra={"call": call_id})
                await driver.run()
        except Problem as problem:
            _tell(answered, problem)
        except Unopenable as error:
            _tell(answered, bad_body(error.refused))
        except Exception:
            log.exception("call failed")
            _tell(answered, internal())
        finally:
            call.abort()
            opened.fanout.close(_OK, "the call is over")
            await call.wait_closed()
            del self._calls[call_id]
            self._edge.cluster.calls.end("")

    def _place(self) -> "Place":
        from repartee.transports.webrtc.place import Place

        settings, host = self._settings, self._edge.server.host
        private = settings.private_candidates
        return Place(
            host=host,
            public_address=settings.public_address,
            udp_ports=self._ports,
            ice_servers=settings.ice_servers,
            turn_username=settings.turn_username,
            turn_password=settings.turn_password,
            reaches_private=is_loopback(host) if private is None else private,
        )


async def _answer(call: "Call", offer: str) -> str:
    """The answer to an offer.  Raises Problem."""
    from repartee.transports.webrtc.offer import BadOffer
    from repartee.transports.webrtc.place import NoPort

    try:
        return await call.answer(offer)
    except BadOffer as fault:
        raise bad_offer(str(fault)) from None
    except NoPort:
        log.error("no UDP port is free for a call")
        raise full() from None


def _accepted(asked: Handshake | Refusal) -> Handshake:
    """Raises Problem for a refusal: before the 201 it can be told in HTTP."""
    if isinstance(asked, Refusal):
        raise Problem(400, asked.message, code=asked.code, type=asked.type)
    return asked


def _with_session(asked: Handshake, caller: Caller, session: bytes) -> Handshake:
    """What the request says of its session.  Raises Problem (400)."""
    if caller.secret is not None:
        raise Problem(
            400,
            "The session of an ephemeral key is decided when the key is made: leave out 'session'.",
            code="invalid_value",
            param="session",
        )
    said = creation.call_session(session)
    if isinstance(said, Refused):
        raise bad_body(said)
    model = getattr(said, "model", UNSET) or asked.model
    transcribes = creation.kind_of(said) == "transcription"
    terms = structs.replace(asked.terms, said=said)
    return structs.replace(asked, model=model, transcribes=transcribes, terms=terms)


def _tell(answered: "asyncio.Future[str]", problem: Problem) -> None:
    if not answered.done():
        answered.set_exception(problem)


def _front(request: Request) -> front.Request:
    """The request as the front door read it."""
    read: front.Request = request.scope["state"]["request"]
    return read
