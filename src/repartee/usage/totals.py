"""What each key has used today, known without asking the database."""

import time
from collections.abc import Callable, Mapping
from threading import Lock

from repartee.usage.record import UsageRecord, day_of

Used = tuple[float, int]
"""Seconds of the user's sound, and tokens."""


class Totals:
    """The sums of a day by key; a day is one of UTC.

    Records are added by one thread, what the database knows by another.
    """

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._lock = Lock()
        self._day = day_of(clock())
        self._used: dict[str | None, Used] = {}

    def today(self, key_id: str | None) -> Used:
        """What has been used with this key since midnight."""
        with self._lock:
            self._turn_to(day_of(self._clock()))
            return self._used.get(key_id, (0.0, 0))

    def add(self, record: UsageRecord) -> None:
        """Count one more."""
        self._count(record.day, {record.key_id: (record.audio_s, record.tokens)})

    def load(self, day: int, used: Mapping[str | None, Used]) -> None:
        """Add what was used on a day; one that is over does not count."""
        self._count(day, used)

    def _count(self, day: int, used: Mapping[str | None, Used]) -> None:
        with self._lock:
            self._turn_to(day)
            if day == self._day:
                for key_id, (audio_s, tokens) in used.items():
                    so_far = self._used.get(key_id, (0.0, 0))
                    self._used[key_id] = (so_far[0] + audio_s, so_far[1] + tokens)

    def _turn_to(self, day: int) -> None:
        if day > self._day:
            self._day, self._used = day, {}
