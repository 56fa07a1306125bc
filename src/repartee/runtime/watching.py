"""Watching: what others see of a session, at its beginning and at the driver's one door.

Metrics, traces, recordings and the playground's curves all watch here; no other room knows of them.
"""

import logging
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple, Protocol, runtime_checkable

from msgspec import Struct

from repartee.keys.limits import Limits
from repartee.protocol.client import ClientEvent
from repartee.protocol.config import AnyConfig
from repartee.protocol.errors import Refused
from repartee.protocol.ga import Dialect
from repartee.session.bounds import Bounds
from repartee.session.inputs import Input
from repartee.session.outbox import Output
from repartee.settings import Model

log = logging.getLogger(__name__)


class Arrival(Struct, frozen=True, kw_only=True):
    """How a client came, as far as its request tells.

    `traceparent` is W3C's, unread; `is_server` says that it showed an API key and no ephemeral one,
    `records` whether it asked for its session to be recorded, or not to be.
    """

    transport: Literal["websocket", "webrtc"] = "websocket"
    call_id: str | None = None
    safety_identifier: str | None = None
    traceparent: str | None = None
    is_server: bool = False
    records: bool | None = None

    def __repr__(self) -> str:  # never who it is
        return f"Arrival({self.transport!r})"


class Opening(Struct, frozen=True, kw_only=True):
    """A session about to begin, and all that decides how it goes but for what happens in it.

    `config`, `bounds`, `said` and `paced` are what `Session` is made of, `seed` what its names are
    drawn from (see `ids.session_ids`), `counter` who counts tokens of text; `model` names its
    engines.  Where `bounds.spent` is an `Allowance`, its answers can be heard.
    """

    config: AnyConfig
    bounds: Bounds
    said: Struct | None
    paced: bool
    seed: bytes
    dialect: Dialect
    counter: str
    model: Model
    arrival: Arrival
    key_id: str | None
    limits: Limits

    def __repr__(self) -> str:  # a session holds instructions
        return f"Opening({self.config.id!r})"


class Allowance:
    """Tells a session why nothing is left for a response, where that is so.

    That is nothing the session could know by itself; `hears` is told each answer.
    """

    def __init__(self, spent: Callable[[], str | None]) -> None:
        self._spent = spent
        self.hears: Callable[[str | None], None] | None = None

    def __call__(self) -> str | None:
        answer = self._spent()
        if self.hears is not None:
            self.hears(answer)
        return answer


class Ending(NamedTuple):
    """How a connection ended: its WebSocket close code, and why.

    `why` is "client" where the client has said goodbye, "lost" where nobody has (1006), else the
    reason that we gave.
    """

    code: int
    why: str


class Step(NamedTuple):
    """Something happened to a session, and this was its answer, which has been obeyed by now.

    `event` is None for the beginning and the end; `message` is the client's text frame, where the
    event came in one.  What the outputs hold goes on changing: it is read now or never.  `now`
    counts seconds of the event loop's clock.  The last step has an `ending`, where the transport
    tells.
    """

    event: ClientEvent | Input | Refused | None
    outputs: Sequence[Output]
    now: float
    message: bytes = b""
    ending: Ending | None = None


class Watcher(Protocol):
    """Watches one session.  It is quick, for sound comes 31 times a second; it never waits.

    One that has a method `rested(ref, now)` is told as well when a piece of work is over: done,
    failed or, some time after `Stop`, stopped.
    """

    def stepped(self, step: Step) -> None:
        """The session took a step; the first one is its beginning."""

    def left(self, step: Step) -> None:
        """The client is gone, and this is the last step."""


@runtime_checkable
class Tracer(Watcher, Protocol):
    """A watcher that knows to which trace each work belongs.  A session has one at most."""

    def traceparent(self, ref: str, role: str) -> str | None:
        """What an engine of this role is told of its trace when it does the work `ref`."""


class Observer(Protocol):
    """Watches sessions."""

    def watch(self, opening: Opening) -> Watcher | None:
        """A watcher for this session, where it is to be watched."""


class Watchers:
    """Those of one session.  One that fails is told no more, and the session does not notice."""

    def __init__(self, watchers: Sequence[Watcher] = ()) -> None:
        self._watchers = [*watchers]
        self._tracers = [each for each in watchers if isinstance(each, Tracer)]

    def rested(self, ref: str, now: float) -> None:
        for watcher in self._watchers:
            if tell := getattr(watcher, "rested", None):
                try:
                    tell(ref, now)
                except Exception:
                    self._dismiss(watcher)

    def stepped(self, step: Step) -> None:
        for watcher in self._watchers:
            try:
                watcher.stepped(step)
            except Exception:
                self._dismiss(watcher)

    def left(self, step: Step) -> None:
        for watcher in self._watchers:
            try:
                watcher.left(step)
            except Exception:
                self._dismiss(watcher)

    def traceparent(self, ref: str, role: str) -> str | None:
        """See `Tracer`; None where nobody traces."""
        for tracer in self._tracers:
            try:
                return tracer.traceparent(ref, role)
            except Exception:
                self._dismiss(tracer)
        return None

    def _dismiss(self, watcher: Watcher) -> None:
        log.exception("a watcher failed")
        self._watchers = [each for each in self._watchers if each is not watcher]
        self._tracers = [each for each in self._tracers if each is not watcher]
