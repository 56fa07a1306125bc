"""The way out: frames in order, and those behind a record once it is kept.

The end of a response is told when its record is durable, so that nothing is billed twice or never
after a crash.  A client waits for that no longer than `HOLD_S`, then it is told all the same.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

HOLD_S = 0.05


class Wire(Protocol):
    """What of a transport is needed here."""

    def send(self, frame: bytes) -> None:
        """Deliver one encoded event, in order; never waits."""

    def close(self, code: int, reason: str) -> None:
        """End the connection."""


class _Goodbye(NamedTuple):
    code: int
    reason: str


class _Bar:
    """Nothing passes until it is lifted."""

    def __init__(self) -> None:
        self.lifted = False
        self.timer: asyncio.TimerHandle | None = None


class Outlet:
    """Of one session.  `late` is told of each record that was not kept in time."""

    def __init__(self, wire: Wire, late: Callable[[], None] | None = None) -> None:
        self._wire = wire
        self._late = late
        self._queue: deque[bytes | _Goodbye | _Bar] = deque()
        self._awaited: asyncio.Future[None] | None = None

    def send(self, frame: bytes) -> None:
        """Deliver a frame behind all others."""
        self._pass(frame)

    def close(self, code: int, reason: str) -> None:
        """End the connection once all that was said is delivered."""
        self._pass(_Goodbye(code, reason))

    def hold(self, kept: asyncio.Future[None]) -> None:
        """What is said next in this step waits for `kept`, and what comes later waits behind it.

        Of several, the last counts: records are kept in order.
        """
        self._awaited = kept

    def step_is_over(self) -> None:
        """What is said from now on has nothing to do with the record of this step."""
        self._awaited = None

    def shut(self) -> None:
        """The client is gone."""
        for each in self._queue:
            if isinstance(each, _Bar) and each.timer is not None:
                each.timer.cancel()
        self._queue.clear()

    def _pass(self, parcel: bytes | _Goodbye) -> None:
        if self._awaited is not None:
            self._bar(self._awaited)
            self._awaited = None
        if self._queue:
            self._queue.append(parcel)
        else:
            self._deliver(parcel)

    def _bar(self, kept: asyncio.Future[None]) -> None:
        bar = _Bar()
        self._queue.append(bar)
        bar.timer = asyncio.get_running_loop().call_later(HOLD_S, self._give_up, bar)
        kept.add_done_callback(lambda _: self._lift(bar))

    def _give_up(self, bar: _Bar) -> None:
        if self._late is not None:
            self._late()
        self._lift(bar)

    def _lift(self, bar: _Bar) -> None:
        if bar.timer is not None:
            bar.timer.cancel()
        bar.lifted = True
        while self._queue:
            parcel = self._queue[0]
            if isinstance(parcel, _Bar) and not parcel.lifted:
                break
            self._queue.popleft()
            if not isinstance(parcel, _Bar):
                self._deliver(parcel)

    def _deliver(self, parcel: bytes | _Goodbye) -> None:
        if isinstance(parcel, bytes):
            self._wire.send(parcel)
        else:
            self._wire.close(parcel.code, parcel.reason)
