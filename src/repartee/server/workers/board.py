"""The board on which workers write what the others have to know: sessions open, and usage today.

It is an SQLite file in the private folder of one server's run, and means nothing after it.  A
worker writes on it when a session begins or ends and when a response is done; that takes some
tenths of a millisecond.  A worker that dies leaves its sessions there: each holds a lock as long
as it lives, which the kernel takes from it, and what is written by one without a lock is wiped
out before anybody counts.
"""

import fcntl
import logging
import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from threading import RLock
from typing import Any, Self

from repartee.keys.database import StoreError
from repartee.keys.limits import LiveSessions
from repartee.usage.record import UsageRecord, day_of
from repartee.usage.totals import Totals, Used

log = logging.getLogger(__name__)

_PATIENCE_S = 0.25  # for another worker that writes; the event loop stands still meanwhile
_SCHEMA = """
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
CREATE TABLE IF NOT EXISTS present (worker INTEGER PRIMARY KEY);
CREATE TABLE IF NOT EXISTS live (
    kind TEXT, key TEXT, worker INTEGER, count INTEGER, PRIMARY KEY (kind, key, worker)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS used (
    day INTEGER, key TEXT, audio_s REAL, tokens INTEGER, PRIMARY KEY (day, key)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS summed (summed INTEGER PRIMARY KEY);
"""
_COUNT = "INSERT OR REPLACE INTO live VALUES (?, ?, ?, ?)"
_USED = "SELECT audio_s, tokens FROM used WHERE day = ? AND key = ?"
_USE = (
    "INSERT INTO used VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE "
    "SET audio_s = audio_s + excluded.audio_s, tokens = tokens + excluded.tokens"
)


class Board:
    """The board as the worker process of this number sees it.  Any use may raise sqlite3.Error."""

    def __init__(self, folder: Path, number: int) -> None:
        self._folder = folder
        self.number = number
        self._using = RLock()  # the event loop and the thread that records usage
        with (folder / "board.lock").open("w") as gate:
            fcntl.flock(gate, fcntl.LOCK_EX)  # nobody must find our file before its lock
            self._alive = os.open(self._sign(number), os.O_RDWR | os.O_CREAT, 0o600)
            fcntl.flock(self._alive, fcntl.LOCK_EX)
            self._connection = sqlite3.connect(
                folder / "board.db",
                timeout=_PATIENCE_S,
                isolation_level=None,
                check_same_thread=False,
            )
            self._connection.executescript(_SCHEMA)
            self._connection.execute("INSERT INTO present VALUES (?)", (number,))

    def close(self) -> None:
        """Leave; what stands there of this worker is wiped out."""
        self._connection.close()
        os.close(self._alive)

    def begin(self) -> None:
        """From now on nobody else writes, until `end`; what the dead wrote is wiped out."""
        self._using.acquire()
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            self._wipe()
        except sqlite3.Error:
            self.end(keep=False)
            raise

    def end(self, *, keep: bool) -> None:
        """Keep what was written since `begin`, or have it as if it had not been."""
        try:
            if keep:
                self._connection.execute("COMMIT")
        finally:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            self._using.release()

    @contextmanager
    def writing(self) -> Iterator[None]:
        """All or nothing of what is written within."""
        self.begin()
        done = False
        try:
            yield
            done = True
        finally:
            self.end(keep=done)

    def write(self, statement: str, *values: object) -> None:
        """Write, between `begin` and `end`."""
        self._connection.execute(statement, values)

    def read(self, statement: str, *values: object) -> tuple[Any, ...]:
        """The first row that a SELECT finds; an empty one where it finds none."""
        with self._using:
            return self._connection.execute(statement, values).fetchone() or ()

    def is_last(self) -> bool:
        """Whether no other worker lives."""
        signs = (int(sign.stem) for sign in self._folder.glob("*.alive"))
        return not any(self._lives(number) for number in signs if number != self.number)

    def _wipe(self) -> None:
        """Wipe out what is written by workers that are dead."""
        for (number,) in self._connection.execute("SELECT worker FROM present").fetchall():
            if number != self.number and not self._lives(number):
                self.write("DELETE FROM live WHERE worker = ?", number)
                self.write("DELETE FROM present WHERE worker = ?", number)

    def _lives(self, number: int) -> bool:
        try:
            sign = os.open(self._sign(number), os.O_RDONLY)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(sign, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(sign)
        return False

    def _sign(self, number: int) -> str:
        return f"{self._folder}/{number}.alive"


class SharedSessions(LiveSessions):
    """The open sessions of all workers, or what else is of this `kind`.

    `later` has something done again after a while: an end that could not be written.
    """

    def __init__(
        self, board: Board, kind: str, later: Callable[[Callable[[], None]], object]
    ) -> None:
        super().__init__()
        self._board = board
        self._kind = kind
        self._later = later
        self._begun: list[str] = []

    def __enter__(self) -> Self:
        with _as_store_error():
            self._board.begin()
        return self

    def __exit__(self, *raised: object) -> None:
        begun, self._begun = self._begun, []
        kept = False
        try:
            with _as_store_error():
                self._board.end(keep=raised[0] is None)
            kept = raised[0] is None
        finally:
            if not kept:
                self._live.subtract(begun)

    def __getitem__(self, key_id: str) -> int:
        return self._sum("AND key = ?", key_id)

    @property
    def total(self) -> int:
        return self._sum("")

    def begin(self, key_id: str) -> None:
        """A session was let in: only within a `with`."""
        super().begin(key_id)
        self._begun.append(key_id)
        self._write(key_id)

    def end(self, key_id: str) -> None:
        super().end(key_id)
        self._settle(key_id)

    def _settle(self, key_id: str) -> None:
        try:
            with self:
                self._write(key_id)
        except StoreError as error:
            log.warning("the end of a session is not counted yet: %s", error)
            self._later(partial(self._settle, key_id))

    def _write(self, key_id: str) -> None:
        with _as_store_error():
            self._board.write(_COUNT, self._kind, key_id, self._board.number, self._live[key_id])

    def _sum(self, condition: str, *values: str) -> int:
        statement = f"SELECT coalesce(sum(count), 0) FROM live WHERE kind = ? {condition}"
        with _as_store_error():
            (count,) = self._board.read(statement, self._kind, *values)
        return int(count)


class SharedTotals(Totals):
    """What each key has used today in all workers; where the board fails, in this one."""

    def __init__(self, board: Board, clock: Callable[[], float] = time.time) -> None:
        super().__init__(clock)
        self._board = board
        self._unwritten: list[UsageRecord] = []

    def today(self, key_id: str | None) -> Used:
        own = super().today(key_id)
        try:
            self._catch_up()
            day = day_of(self._clock())
            found = self._board.read(_USED, day, key_id or "")
        except sqlite3.Error as error:
            log.warning("what other workers have used is not known: %s", error)
            return own
        return (found[0], found[1]) if found else (0.0, 0)

    def add(self, record: UsageRecord) -> None:
        super().add(record)
        self._unwritten.append(record)
        try:
            self._catch_up()
        except sqlite3.Error as error:
            log.warning("other workers do not know yet what was used: %s", error)

    def load(self, day: int, used: Mapping[str | None, Used]) -> None:
        """Begin with what the database knows, unless another worker has.  Raises sqlite3.Error."""
        with self._board.writing():
            if not self._board.read("SELECT summed FROM summed"):
                self._board.write("INSERT INTO summed VALUES (1)")
                for key_id, (audio_s, tokens) in used.items():
                    self._board.write(_USE, day, key_id or "", audio_s, tokens)

    def _catch_up(self) -> None:
        """Write down what was used here."""
        if not self._unwritten:
            return
        with self._board.writing():
            for record in self._unwritten:
                key = record.key_id or ""
                self._board.write(_USE, record.day, key, record.audio_s, record.tokens)
        self._unwritten.clear()


@contextmanager
def _as_store_error() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"what the workers share cannot be used: {error}") from None
