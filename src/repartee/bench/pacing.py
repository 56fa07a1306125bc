"""One clock for all sessions: which of them is to send when, and how late it was."""

import asyncio
from collections.abc import Callable

from repartee.bench.figures import Figure

_STEP_S = 0.001  # between two looks at the clock: below it, waking costs more than the sending
_BINS_PER_S = 10_000
_LATEST_S = 1.0  # what is later counts as this

Send = Callable[[float], None]


class Lateness:
    """How late chunks left, to a tenth of a millisecond; a second counts as the latest."""

    def __init__(self) -> None:
        self._bins = [0] * (int(_LATEST_S * _BINS_PER_S) + 1)

    def add(self, seconds: float) -> None:
        """One chunk left so late."""
        self._bins[min(int(seconds * _BINS_PER_S), len(self._bins) - 1)] += 1

    @property
    def count(self) -> int:
        return sum(self._bins)

    def clear(self) -> None:
        self._bins = [0] * len(self._bins)

    def figure(self) -> Figure | None:
        """In milliseconds; None before the first."""
        return Figure.of_counts(
            (place * 1000 / _BINS_PER_S, count) for place, count in enumerate(self._bins) if count
        )


class Pacer:
    """Has every slot send each `period_s`, the slots spread evenly over it.

    Slot s gives its chunk number k, which holds [a, a + period) of its microphone's time, at
    a + period, where a = began + (k + s / slots) * period.  So one running number is the whole
    schedule, and one timer serves all.
    """

    def __init__(self, slots: int, period_s: float, clock: Callable[[], float]) -> None:
        self.lateness = Lateness()
        self._senders: list[Send | None] = [None] * slots
        self._period_s = period_s
        self._clock = clock
        self._number = 0  # of the chunk to come, over all slots
        self._began = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Time begins."""
        self._began = self._clock()
        self._turn()

    def stop(self) -> None:
        """Nobody sends any more."""
        if self._timer is not None:
            self._timer.cancel()

    def enter(self, slot: int, send: Send) -> None:
        """From now on `send` is told when each of the slot's chunks begins, when it has ended."""
        self._senders[slot] = send

    def leave(self, slot: int) -> None:
        """The slot is silent from now on."""
        self._senders[slot] = None

    def send_due(self, now: float) -> float:
        """Send all that is due; when the next is."""
        senders, late = self._senders, self.lateness.add
        while (begin := self._begin_of(self._number)) + self._period_s <= now:
            send = senders[self._number % len(senders)]
            self._number += 1
            if send is not None:
                send(begin)
                late(self._clock() - begin - self._period_s)
        return begin + self._period_s

    def _begin_of(self, number: int) -> float:
        return self._began + number * self._period_s / len(self._senders)

    def _turn(self) -> None:
        due = self.send_due(self._clock())
        wait = max(due - self._clock(), _STEP_S)
        self._timer = asyncio.get_running_loop().call_later(wait, self._turn)
