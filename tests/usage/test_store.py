"""The database of usage."""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from msgspec import structs

from repartee.usage import store
from repartee.usage.record import DAY_S, UsageRecord
from repartee.usage.store import Store, database_file
from usage.made import DAY, heard, record


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "repartee.db"


@pytest.fixture
def opened(file: Path) -> Iterator[Store]:
    with closing(Store(file)) as made:
        yield made


def rows(file: Path, asked: str = "SELECT * FROM usage") -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(file)) as reader:
        return reader.execute(asked).fetchall()


def test_records_are_read_as_they_were_written(file: Path, opened: Store) -> None:
    written = [record(1, key_id=None, duration_s=0.25), heard(2, 1.5)]
    opened.add(written)
    assert rows(file) == [structs.astuple(each) for each in written]
    columns = [name for _, name, *_ in rows(file, "PRAGMA table_info(usage)")]
    assert columns == list(UsageRecord.__struct_fields__)


def test_a_record_that_is_written_again_is_one(file: Path, opened: Store) -> None:
    opened.add([record(1), record(2)])
    opened.add([record(2), record(3)])
    assert len(rows(file)) == 3


def test_of_records_that_cannot_all_be_written_none_is(file: Path, opened: Store) -> None:
    with pytest.raises(UnicodeEncodeError):
        opened.add([record(1), record(2, id="\ud800")])
    opened.close()
    assert rows(file) == []


def test_the_sums_of_a_day(opened: Store) -> None:
    """The day begins at midnight in UTC, and ends before the next."""
    first, last = float(DAY * DAY_S), (DAY + 1) * DAY_S - 0.001
    opened.add([record(1, time=first), record(2, time=last), heard(3, 1.5, key_id=None)])
    opened.add([record(4, time=first - 0.001), record(5, time=last + 0.001)])
    assert opened.used_on(DAY) == {None: (1.5, 0), "key_1": (0.0, 10)}
    assert opened.used_on(DAY + 2) == {}


def test_nobody_else_may_read_it(file: Path, opened: Store) -> None:
    opened.add([record()])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in file.parent.iterdir()}
    assert modes == dict.fromkeys(("repartee.db", "repartee.db-shm", "repartee.db-wal"), 0o600)
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_a_file_that_others_use_is_shared(file: Path, opened: Store) -> None:
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE api_keys (id TEXT)")
        opened.add([record()])
        assert other.execute("SELECT count(*) FROM usage").fetchall() == [(1,)]


@pytest.mark.parametrize(("outlives_power", "level"), [(False, 1), (True, 2)])
def test_how_much_a_commit_outlives(file: Path, outlives_power: bool, level: int) -> None:
    """sqlite.org/pragma.html: 1 is NORMAL, 2 is FULL."""
    with closing(Store(file, outlives_power=outlives_power)) as made:
        (found,) = made._connection.execute("PRAGMA synchronous").fetchone()
        (mode,) = made._connection.execute("PRAGMA journal_mode").fetchone()
    assert (found, mode) == (level, "wal")


def test_another_writer_is_not_waited_for_for_ever(
    file: Path, opened: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(store, "BUSY_S", 0.01)
    with closing(Store(file)) as hasty:
        opened._connection.execute("BEGIN IMMEDIATE")
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            hasty.add([record()])


def test_a_file_that_is_no_database(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("Dear diary, this is no database at all." * 100)
    with pytest.raises(sqlite3.DatabaseError, match="not a database"):
        Store(file)


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OSError, match="file"):
        Store(tmp_path / "file" / "repartee.db")


def test_which_file_the_setting_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", "/somewhere")
    monkeypatch.setenv("HOME", "/at-home")
    assert database_file(None) == Path("/somewhere/repartee/repartee.db")
    assert database_file("~/usage.db") == Path("/at-home/usage.db")
    assert database_file("off") is None
