"""What all connections of one server share: who may come in, and who is inside."""

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Protocol, TypeVar
from weakref import WeakSet

import msgspec
from msgspec import Struct

from repartee.keys.limits import LiveSessions, Spent
from repartee.runtime.sessions import quota_message
from repartee.server.access import Access, check_names, keys_of
from repartee.server.cluster import Cluster, counting
from repartee.server.cross_origin import answer_headers
from repartee.server.floods import Floods
from repartee.server.leftovers import Leftovers, trimmer
from repartee.server.overload import Lag, Probe
from repartee.server.playground_route import is_page
from repartee.server.problems import (
    Problem,
    draining,
    full,
    overloaded,
    quota_used_up,
    too_many_sessions,
    too_much_work,
    unknown_path,
)
from repartee.server.request import Request
from repartee.server.websocket_route import (
    PATHS,
    AttendCall,
    Handshake,
    Refusal,
    Sideband,
    StartSession,
    check_upgrade,
    choose_subprotocol,
    judge,
    no_such_call,
    wants_call,
    wrong_model,
)
from repartee.server.workers.handover import Relay
from repartee.settings import Settings
from repartee.transports.websocket import INTERNAL_ERROR, OK, Bounds, WebSocketTransport, upgrade
from repartee.usage.record import DAY_S
from repartee.usage.recorder import Recorder

log = logging.getLogger(__name__)

CALLS_PATH = "/v1/realtime/calls"

_OPEN_PATHS = ("/healthz", "/readyz", "/openapi.json")  # they tell nothing of anybody
MOST_BODY = 1024 * 1024  # of a request that brings no sound
_REFUSED_CLOSE_S = 1.0  # a client without a session is not kept


class Door(Protocol):
    """A connection that is not a session (yet)."""

    def close(self) -> None:
        """End it, after the answer that is under way."""

    def abort(self) -> None:
        """End it at once."""


_D = TypeVar("_D", bound=Door)


class Ending(Protocol):
    """The connection of a session, as those see it who end it."""

    def close(self, code: int, reason: str) -> None:
        """Say goodbye; the connection is down soon after."""

    def abort(self) -> None:
        """End it at once."""


class Admission(Struct, frozen=True):
    """A request that may be upgraded: to a session, to a part in one, or to be told why not."""

    websocket_key: str
    asked: Handshake | Sideband | Refusal


class Edge:
    """The connections of one server: those that speak HTTP, and the sessions.

    Without `start_session` there are no sessions.  `work` names the paths whose requests keep
    engines busy, and how many bytes their bodies may have: there are `server.max_requests` of them
    at a time.  `backlog` tells how late the sound of sessions is judged, in seconds.
    """

    def __init__(
        self,
        settings: Settings,
        access: Access,
        recorder: Recorder,
        start_session: StartSession | None = None,
        work: Mapping[str, int] | None = None,
        cluster: Cluster | None = None,
        backlog: Callable[[], float] = float,
    ) -> None:
        self.server = settings.server
        self.access = access
        self.recorder = recorder
        self.draining = False
        self.retiring = False  # whether another worker takes the connections from now on
        self.cluster = cluster or Cluster()
        self.arriving: WeakSet[Door] = WeakSet()  # those that do not come in after all are gone
        self.doors: dict[Door, asyncio.Future[None]] = {}
        self.sessions: dict[asyncio.Task[None], Ending] = {}
        self.tasks: set[asyncio.Task[None]] = set()
        self.attend_call: AttendCall = _attend_none  # until there are calls
        self._models = settings.models
        self._start_session = start_session
        self._work = work or {}
        self._working: set[Door] = set()
        self.floods = Floods(self.server)
        self.refused: Counter[str] = Counter()  # requests, by the code they were told
        self.lag = Lag(self.server.max_lag_ms / 1000 or None)
        self._probe = Probe(self.lag, backlog=backlog)
        self.leftovers = Leftovers(trimmer())
        self._bounds = Bounds(
            max_message_bytes=self.server.max_message_bytes,
            output_lead_bytes=self.server.output_lead_bytes,
            slow_consumer_s=self.server.slow_consumer_s,
        )

    def expect(self, door: _D) -> _D:
        """A connection is about to come in, once TLS is agreed."""
        self.arriving.add(door)
        return door

    def enter(self, door: Door) -> None:
        """A connection has come in."""
        self.arriving.discard(door)
        self.doors[door] = asyncio.get_running_loop().create_future()

    def leave(self, door: Door) -> None:
        """A connection is down, or has become a WebSocket."""
        self.end(door)
        gone = self.doors.pop(door, None)
        if gone and not gone.done():
            gone.set_result(None)

    def begin(self, door: Door, request: Request) -> int:
        """A connection has sent the head of a request; how many bytes its body may have.

        Raises Problem (429, 503) where it would be too much work.
        """
        if request.method != "POST" or request.path not in self._work:
            return MOST_BODY
        self.check_work()
        self._working.add(door)
        return self._work[request.path]

    def check_work(self) -> None:
        """Whether engines can be kept busier.  Raises Problem."""
        if self.draining:
            raise draining()
        if len(self._working) >= self.server.max_requests:
            raise too_much_work(self.server.max_requests)

    def end(self, door: Door) -> None:
        """The connection's request is answered."""
        self._working.discard(door)

    def run(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """Do something for a connection beside the others."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)
        return task

    def check_address(self, request: Request, peer: object, flooding: Problem | None) -> None:
        """Refuse an address that asks too often.  Problem (429); probes are always answered.

        `flooding` is what `Floods.arrive` had to say of the connection.
        """
        if request.path in _OPEN_PATHS:
            return
        if flooding is not None:
            raise flooding
        self.floods.check(peer, asyncio.get_running_loop().time())

    def refuse_key(self, request: Request, peer: object) -> None:
        """A request was refused for its key; one that shows none guesses nothing."""
        if keys_of(request):
            self.floods.wrong_key(peer, asyncio.get_running_loop().time())

    def check(self, request: Request) -> None:
        """Refuse a request that comes from the wrong place or has no right key.  Raises Problem.

        A WebSocket's key is judged after the upgrade, where its client looks for the answer.
        """
        request.answer_headers = answer_headers(request, self.access)
        if self.retiring:
            request.answer_headers.append((b"Connection", b"close"))
        self.access.check_origin(request)
        if is_page(request.path):
            return
        check_names(request)
        is_listed = request.is_preflight and request.answer_headers
        if not (request.wants_websocket or request.path in _OPEN_PATHS or is_listed):
            opens_session = request.method == "POST" and request.path in (CALLS_PATH, *PATHS)
            self.access.caller(request, opens_session=opens_session)

    def check_capacity(self) -> None:
        """Whether one more session can be taken.  Raises Problem (503)."""
        if self.draining:
            raise draining()
        if self.lag.overloaded:
            raise overloaded()
        if self.server.max_sessions is not None:
            with counting(self.cluster.sessions) as live:
                self._check_room(live)

    def _check_room(self, live: LiveSessions) -> None:
        if self.server.max_sessions is not None and live.total >= self.server.max_sessions:
            raise full()

    def judge_upgrade(self, request: Request) -> Admission:
        """What comes of a request to be upgraded.  Raises Problem."""
        if self._start_session is None:
            raise unknown_path(request.method, request.path)
        key = check_upgrade(request)
        if not wants_call(request):  # which takes no more than there is
            self.check_capacity()
        asked = judge(request, self.access)
        if isinstance(asked, Handshake):
            asked = self.admit(asked)
        return Admission(key, asked)

    def admit(self, asked: Handshake) -> Handshake | Refusal:
        """Let a client in, if its key reaches so far and there is room.  Raises Problem (429, 503).

        From now on it counts as a session: it is to be served, or else `turn_out`.
        """
        limits, key_id = asked.terms.limits, asked.terms.key_id or ""
        model = asked.model or self._models.default
        spent = Spent(*self.recorder.totals.today(asked.terms.key_id))
        with counting(self.cluster.sessions) as live:
            self._check_room(live)
            denial = limits.denial(model, live=live[key_id], spent=spent)
            if denial is None:
                live.begin(key_id)
                return asked
        match denial:
            case "models":
                return wrong_model(model)
            case "max_sessions":
                raise too_many_sessions(limits.max_sessions or 0)
            case denial:
                raise quota_used_up(quota_message(denial), DAY_S - int(time.time()) % DAY_S)

    def turn_out(self, asked: Handshake) -> None:
        """A session that was let in has not begun, or is over."""
        self.cluster.sessions.end(asked.terms.key_id or "")

    def upgrade(
        self, stream: asyncio.Transport, request: Request, admission: Admission, rest: bytes
    ) -> None:
        """Make a session of a connection, or tell the client why it gets none."""
        asked, bounds = admission.asked, self._bounds
        if isinstance(asked, Refusal):
            log.info("session refused", extra={"code": asked.code})
            self.refused[asked.code] += 1
            if asked.code == "invalid_api_key":
                self.refuse_key(request, stream.get_extra_info("peername"))
            bounds = msgspec.structs.replace(bounds, close_s=_REFUSED_CLOSE_S)
        subprotocol = choose_subprotocol(request)
        try:
            transport = upgrade(stream, admission.websocket_key, subprotocol, rest, bounds)
        except BaseException:
            if isinstance(asked, Handshake):
                self.turn_out(asked)
            raise
        self.serve(self._serve(transport, asked), transport, asked)

    def serve(
        self,
        serving: Coroutine[Any, Any, None],
        connection: Ending,
        asked: Handshake | Sideband | Refusal,
    ) -> None:
        """Serve a client for as long as it is there; only a handshake counts as a session."""
        task = asyncio.create_task(serving)
        self.sessions[task] = connection
        self._probe.start()
        self.leftovers.session_begins()
        task.add_done_callback(self._is_over)
        if isinstance(asked, Handshake):
            task.add_done_callback(lambda _: self.turn_out(asked))

    def carry(self, relay: Relay) -> None:
        """See a connection to its end that another worker serves."""
        task = asyncio.create_task(relay.wait_closed())
        self.sessions[task] = relay
        task.add_done_callback(self.sessions.pop)

    def _is_over(self, task: asyncio.Task[None]) -> None:
        del self.sessions[task]
        if not self.sessions:
            self._probe.stop()
        self.leftovers.session_over(len(self.sessions))

    async def _serve(
        self, transport: WebSocketTransport, asked: Handshake | Sideband | Refusal
    ) -> None:
        try:
            if isinstance(asked, Refusal):
                asked.tell(transport)
            elif isinstance(asked, Sideband):
                await self.attend_call(transport, asked)
            elif self._start_session is not None:
                await self._start_session(transport, asked)
                transport.close(OK, "")
        except Exception:
            log.exception("session failed")
            transport.close(INTERNAL_ERROR, "internal error")
        finally:
            await transport.wait_closed()


async def _attend_none(transport: WebSocketTransport, asked: Sideband) -> None:
    no_such_call(asked.call_id).tell(transport)
