"""The SQLite file in which keys are kept, shared with other processes.

Reading waits for no writer (WAL), so it may happen on the event loop; writing may wait for another
writer, up to `_PATIENCE_S`, and belongs in a thread.
"""

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

_PATIENCE_S = 5.0
_GLANCE_S = 1.0  # for a reader, whom only the making or mending of the file could hold up
_AGAIN_S = 0.005
_SCHEMA = """
CREATE TABLE IF NOT EXISTS api_keys (
    id TEXT PRIMARY KEY,
    digest BLOB NOT NULL UNIQUE,
    shown TEXT NOT NULL,
    name TEXT NOT NULL,
    created INTEGER NOT NULL,
    revoked INTEGER,
    limits TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS bound_sessions (
    reference BLOB PRIMARY KEY,
    sealed BLOB NOT NULL,
    expires INTEGER NOT NULL
);
CREATE INDEX IF NOT EXISTS bound_sessions_by_expiry ON bound_sessions (expires);
"""


class StoreError(Exception):
    """The file cannot be read or written; the message names it, and no value of its content."""


class Database:
    """The file's tables; the file is made with the first write, for its owner alone."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reader: sqlite3.Connection | None = None
        self._reading = Lock()

    def read(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """The rows of a SELECT; none where there is no file yet.  Raises StoreError."""
        with self._reading, self._faults():
            if self._reader is None:
                if not self._file.exists():
                    return []
                self._reader = self._connect(_GLANCE_S)
            return self._reader.execute(statement, values).fetchall()

    def write(self, statement: str, *values: Any) -> int:
        """Change rows; how many were.  Raises StoreError."""
        with self._faults():
            self._make()
            with closing(self._connect(_PATIENCE_S)) as connection:
                return connection.execute(statement, values).rowcount

    def close(self) -> None:
        """Let the file go; the next use opens it again."""
        with self._reading:
            if self._reader is not None:
                self._reader.close()
                self._reader = None

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise StoreError(f"{self._file} cannot be used: {error}") from None
        except OSError as error:
            raise StoreError(f"{self._file} cannot be used: {error.strerror}") from None

    def _make(self) -> None:
        if not self._file.exists():
            self._file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            os.close(os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600))

    def _connect(self, patience_s: float) -> sqlite3.Connection:
        """Open the file; where many begin at once, SQLite refuses some at once, which try again."""
        end = time.monotonic() + patience_s
        while True:
            try:
                return self._open(patience_s)
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() >= end:
                    raise
            time.sleep(_AGAIN_S)

    def _open(self, patience_s: float) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self._file, timeout=patience_s, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            # A key that was revoked stays so even if the power fails: each write is synced.
            connection.execute("PRAGMA synchronous = FULL")
            connection.executescript(_SCHEMA)
        except sqlite3.Error:
            connection.close()
            raise
        return connection
