"""Whether the server keeps up: how late its event loop is lately.

All sessions share one event loop.  When it has more to do than time, everybody inside waits, each
a little longer with every client who comes.  So a new session is refused while the loop is late.

What counts is how often it is late, not how much.  A loop with too much to do is late nearly
every time it is asked.  One long message stops it but once; so does a machine that was asleep.

Sound that waits for the voice activity net counts as well: `speech/listener.py` takes it in short
turns, between which the loop is as quick as ever.
"""

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable
from typing import NamedTuple, Protocol

INTERVAL_S = 0.1
SAMPLES = 50  # the last five seconds
_TENTH = SAMPLES // 10
_OPENS_AT = 0.5  # of the limit: between the two it stays as it is

log = logging.getLogger(__name__)


class Recent(NamedTuple):
    """How late the event loop was in the last five seconds, in seconds."""

    p90_s: float
    max_s: float


class Lag:
    """Judges by the last 50 samples of how late the loop was.

    It is overloaded from when a tenth of them is above `limit_s` until none but a tenth is above
    half of it; without a limit it never is.
    """

    def __init__(self, limit_s: float | None) -> None:
        self.overloaded = False
        self.observe: Callable[[float], None] | None = None
        """Told every sample, for those who keep statistics."""
        self._limit_s = limit_s
        self.forget()

    @property
    def recent(self) -> Recent:
        """Zeros while nobody is inside: then nothing is measured."""
        ascending = sorted(self._samples)
        return Recent(ascending[-_TENTH], ascending[-1])

    def note(self, late_s: float) -> None:
        """The loop came so much later than it was asked to, or its work is so late."""
        self._samples.append(late_s)
        if self.observe is not None:
            self.observe(late_s)
        if self._limit_s is not None:
            self._judge(self._limit_s)

    def forget(self) -> None:
        """Everybody has left."""
        # Zeros, for a few samples to say no more at the beginning than they do later.
        self._samples = deque([0.0] * SAMPLES, SAMPLES)
        self.overloaded = False

    def _judge(self, limit_s: float) -> None:
        p90_s = self.recent.p90_s
        if not self.overloaded and p90_s > limit_s:
            self.overloaded = True
            log.warning("overloaded: new sessions are refused", extra={"late_ms": _ms(p90_s)})
        elif self.overloaded and p90_s <= limit_s * _OPENS_AT:
            self.overloaded = False
            log.warning("overloaded no more: sessions are taken", extra={"late_ms": _ms(p90_s)})


def _ms(seconds: float) -> int:
    return round(1000 * seconds)


class Timer(Protocol):
    """A call to come, as asyncio's handles are."""

    def cancel(self) -> None: ...


class Probe:
    """Asks the running event loop to come in a tenth of a second, and tells `lag` when it came.

    It asks only between `start` and `stop`: an idle server sleeps.  `backlog` tells how many
    seconds late the work is that the loop takes in turns: the larger counts.  `call_later` is
    the running loop's unless given; `clock` counts seconds.
    """

    def __init__(
        self,
        lag: Lag,
        *,
        backlog: Callable[[], float] = float,
        call_later: Callable[[float, Callable[[], None]], Timer] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._lag = lag
        self._backlog = backlog
        self._call_later = call_later
        self._clock = clock
        self._timer: Timer | None = None
        self._due = 0.0

    def start(self) -> None:
        """Somebody is inside; it may be told again."""
        if self._timer is None:
            self._ask()

    def stop(self) -> None:
        """Nobody is inside any more."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._lag.forget()

    def _ask(self) -> None:
        call_later = self._call_later or asyncio.get_running_loop().call_later
        # Not the loop's own time, which stands still while it works.
        self._due = self._clock() + INTERVAL_S
        self._timer = call_later(INTERVAL_S, self._come)

    def _come(self) -> None:
        self._lag.note(max(self._clock() - self._due, self._backlog(), 0.0))
        self._ask()
