"""The database of usage: one table in an SQLite file that others may share.

In WAL mode readers and the writer do not wait for one another.  A commit outlives the end of the
process with synchronous=NORMAL, and a power cut with FULL (sqlite.org/pragma.html).
"""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from msgspec import json

from repartee.settings.folders import state_folder
from repartee.usage.record import DAY_S, UsageRecord
from repartee.usage.totals import Used

OFF = "off"
BUSY_S = 1.0  # how long a writer waits for another one

_TABLE = """
CREATE TABLE IF NOT EXISTS usage (
    time REAL NOT NULL,
    key_id TEXT,
    session_id TEXT NOT NULL,
    id TEXT NOT NULL,
    kind TEXT NOT NULL,
    model TEXT,
    dialect TEXT NOT NULL,
    status TEXT NOT NULL,
    input_text_tokens INTEGER NOT NULL,
    input_audio_tokens INTEGER NOT NULL,
    cached_text_tokens INTEGER NOT NULL,
    cached_audio_tokens INTEGER NOT NULL,
    output_text_tokens INTEGER NOT NULL,
    output_audio_tokens INTEGER NOT NULL,
    audio_s REAL NOT NULL,
    counted_by TEXT,
    duration_s REAL NOT NULL,
    PRIMARY KEY (time, session_id, kind, id)
) WITHOUT ROWID
"""
_FIELDS = UsageRecord.__struct_fields__
_VALUES = (f"json_extract(value, '$[{place}]')" for place in range(len(_FIELDS)))
# All records in one statement: after each the thread would have to wait for Python's lock, which a
# busy event loop gives up every 5 ms only.  A commit may fail after it has been done; the second
# try must not count twice.
_INSERT = (
    f"INSERT OR IGNORE INTO usage ({', '.join(_FIELDS)}) "
    f"SELECT {', '.join(_VALUES)} FROM json_each(?)"
)
_TOKENS = "input_text_tokens + input_audio_tokens + output_text_tokens + output_audio_tokens"


def database_file(setting: str | None) -> Path | None:
    """The file that `usage.database` names; None where it is off."""
    if setting == OFF:
        return None
    return state_folder() / "repartee.db" if setting is None else Path(setting).expanduser()


class Store:
    """The writer's end.  Whatever cannot be done raises sqlite3.Error or OSError."""

    def __init__(self, path: Path, *, outlives_power: bool = False) -> None:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Made here, since SQLite would let others of the machine read it.
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._connection = sqlite3.connect(path, timeout=BUSY_S, isolation_level=None)
        try:
            self._connection.execute("PRAGMA journal_mode = WAL")
            level = "FULL" if outlives_power else "NORMAL"
            self._connection.execute(f"PRAGMA synchronous = {level}")
            self._connection.execute(_TABLE)
        except BaseException:
            self._connection.close()
            raise

    def add(self, records: Iterable[UsageRecord]) -> None:
        """Write them in one transaction: all of them are kept afterwards, or none."""
        self._connection.execute(_INSERT, (json.encode([*records]).decode(),))

    def used_on(self, day: int) -> dict[str | None, Used]:
        """What each key has used on one day."""
        query = (
            f"SELECT key_id, sum(audio_s), sum({_TOKENS}) FROM usage "
            "WHERE time >= ? AND time < ? GROUP BY key_id"
        )
        with closing(self._connection.execute(query, (day * DAY_S, (day + 1) * DAY_S))) as rows:
            return {key_id: (audio_s, tokens) for key_id, audio_s, tokens in rows}

    def close(self) -> None:
        self._connection.close()
