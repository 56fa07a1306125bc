"""The recorder: takes records from the event loop, and has a thread of its own write them.

The thread writes in one transaction whatever has come since its last one, so that a busy server
needs few commits and an idle one waits for none.  Where the database cannot be written, sessions go
on: records wait in a ring of bounded size until it can be again.
"""

import asyncio
import logging
import sqlite3
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Condition, Event, Thread

from repartee.settings import Usage
from repartee.usage.record import UsageRecord, day_of
from repartee.usage.store import BUSY_S, Store, database_file
from repartee.usage.totals import Totals

log = logging.getLogger(__name__)

RING = 10_000  # records that wait for a database which cannot be written
BATCH = 1_000  # records of one transaction
RETRY_S = 1.0
CLOSE_S = 5.0  # a disk that hangs does not keep the server from ending

Kept = asyncio.Future[None]
_Waiting = tuple[UsageRecord, Kept | None]


class Recorder:
    """Keeps records in the database at `path`; with None it only sums them up, in `totals`.

    `open` and `close` belong to the event loop's thread, as `keep` does.
    """

    def __init__(
        self,
        path: Path | None,
        *,
        outlives_power: bool = False,
        ring: int = RING,
        retry_s: float = RETRY_S,
        clock: Callable[[], float] = time.time,
        totals: Totals | None = None,
    ) -> None:
        self.totals = totals or Totals(clock)
        self.records_written = 0
        self.records_dropped = 0
        self.records_late = 0  # whose client was told before they were kept
        self.degraded: str | None = None if path else 'usage.database is "off"'
        self._path, self._outlives_power, self._clock = path, outlives_power, clock
        self._room = ring if path else 0
        self._retry_s = retry_s
        self._ring: deque[_Waiting] = deque()
        self._news = Condition()
        self._closing, self._tried = Event(), Event()
        self._store: Store | None = None
        self._summed = False
        self._writer: Thread | None = None

    def open(self) -> None:
        """Begin to write.  A database that cannot be used is told in `degraded`, not raised."""
        if self._path is not None:
            self._writer = Thread(target=self._write, name="usage", daemon=True)
            self._writer.start()
            self._tried.wait(2 * BUSY_S)

    def close(self) -> None:
        """Write what is left, and end."""
        with self._news:
            self._closing.set()
            self._news.notify()
        if self._writer is not None:
            self._writer.join(CLOSE_S)
            self._writer = None
        self._room = 0
        self.degraded = self.degraded or "no usage is recorded any more: the server ends"

    def keep(self, record: UsageRecord) -> Kept | None:
        """Take a record; the future is done once it is kept, None means not to wait for that."""
        self.totals.add(record)
        kept = None if self.degraded else asyncio.get_running_loop().create_future()
        with self._news:
            self._ring.append((record, kept))
            forgotten = self._shorten()
            self._news.notify()
        _tell(forgotten)
        return kept

    def count_late(self) -> None:
        """A client was told before its record was kept."""
        self.records_late += 1

    def _shorten(self) -> list[_Waiting]:
        """Drop the oldest that have no room; the lock is held."""
        over = max(len(self._ring) - self._room, 0)
        self.records_dropped += over
        return [self._ring.popleft() for _ in range(over)]

    # In the thread

    def _write(self) -> None:
        self._attempt([])
        self._tried.set()
        while (batch := self._take()) is not None:
            self._attempt(batch)
        if self._store is not None:
            self._store.close()

    def _take(self) -> list[_Waiting] | None:
        """What is to be written next, perhaps nothing; None at the end."""
        if self.degraded:
            self._closing.wait(self._retry_s)
        with self._news:
            while not (self._ring or self._closing.is_set() or self.degraded):
                self._news.wait()
            if not self._ring and self._closing.is_set():
                return None
            return [self._ring.popleft() for _ in range(min(len(self._ring), BATCH))]

    def _attempt(self, batch: list[_Waiting]) -> None:
        assert self._path is not None
        try:
            if self._store is None:
                self._store = Store(self._path, outlives_power=self._outlives_power)
            self._sum_up(self._store)
            self._store.add(record for record, _ in batch)
        except (sqlite3.Error, OSError) as error:
            self._put_back(batch, error)
        except Exception:
            # It would fail again, and everything behind it would wait in vain.
            log.exception("usage cannot be recorded")
            self._lose()
            with self._news:
                self.records_dropped += len(batch)
        else:
            self.records_written += len(batch)
            if self.degraded:
                self.degraded = None
                log.warning("usage is recorded again")
        _tell_from_thread(batch)

    def _sum_up(self, store: Store) -> None:
        """Once, have the totals begin with what the database knows of today."""
        if not self._summed:
            today = day_of(self._clock())
            self.totals.load(today, store.used_on(today))
            self._summed = True

    def _put_back(self, batch: list[_Waiting], error: Exception) -> None:
        """Keep records for another try; at the end there is none."""
        self._lose()
        if not self.degraded:
            log.warning("usage cannot be recorded in %s: %s", self._path, error)
        self.degraded = f"{self._path}: {error}"
        with self._news:
            _tell_from_thread(list(self._ring))
            self._ring.extendleft((record, None) for record, _ in reversed(batch))
            if self._closing.is_set():
                self._room = 0
            self._shorten()

    def _lose(self) -> None:
        """Give up the connection, and with it the transaction."""
        if self._store is not None:
            with suppress(sqlite3.Error):
                self._store.close()
            self._store = None


def recorder(usage: Usage, totals: Totals | None = None) -> Recorder:
    """The recorder that the settings ask for, with sums that others share where there are any."""
    file = database_file(usage.database)
    return Recorder(file, outlives_power=usage.durability == "power", totals=totals)


def _tell(batch: Sequence[_Waiting]) -> None:
    for _, kept in batch:
        if kept is not None and not kept.done():
            kept.set_result(None)


def _tell_from_thread(batch: Sequence[_Waiting]) -> None:
    """In one go, for waking the event loop costs more than the rest."""
    loop = next((kept.get_loop() for _, kept in batch if kept is not None), None)
    if loop is not None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            loop.call_soon_threadsafe(_tell, batch)
