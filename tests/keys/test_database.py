"""The file of keys: made when first written, read beside writers, its faults told in one line."""

import sqlite3
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from repartee.keys.database import Database, StoreError

INSERT = "INSERT INTO bound_sessions (reference, sealed, expires) VALUES (?, ?, ?)"
SELECT = "SELECT reference FROM bound_sessions ORDER BY reference"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "folder" / "repartee.db"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    with closing(Database(file)) as database:
        yield database


def test_reading_makes_no_file(database: Database, file: Path) -> None:
    assert database.read(SELECT) == []
    assert not file.parent.exists()


def test_what_is_made_is_its_owners_alone(database: Database, file: Path) -> None:
    database.write(INSERT, b"a", b"b", 1)
    assert database.read(SELECT) == [(b"a",)]
    assert file.parent.stat().st_mode & 0o777 == 0o700
    made = [file, *file.parent.glob("*-wal"), *file.parent.glob("*-shm")]
    assert [each.stat().st_mode & 0o777 for each in made] == [0o600] * len(made)


def test_what_others_write_is_seen_and_theirs_left_alone(database: Database, file: Path) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("CREATE TABLE usage (tokens INTEGER)")
        assert database.read(SELECT) == []
        other.execute(INSERT, (b"a", b"b", 1))
        assert database.read(SELECT) == [(b"a",)]
        assert database.write("DELETE FROM bound_sessions") == 1
        assert other.execute("SELECT * FROM usage").fetchall() == []


def test_reading_waits_for_no_writer(file: Path) -> None:
    with closing(Database(file)) as first:
        first.write(INSERT, b"a", b"b", 1)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as writer,
        closing(Database(file)) as reader,
    ):
        writer.execute("BEGIN EXCLUSIVE")
        writer.execute("DELETE FROM bound_sessions")
        assert reader.read(SELECT) == [(b"a",)]
        writer.execute("COMMIT")
        assert reader.read(SELECT) == []


def test_who_comes_while_the_file_is_being_made_waits(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.parent.mkdir()
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as maker,
        closing(Database(file)) as database,
    ):
        maker.execute("CREATE TABLE other (number)")  # without WAL, as every new file
        maker.execute("BEGIN IMMEDIATE")
        monkeypatch.setattr("repartee.keys.database._GLANCE_S", 0.0)
        with pytest.raises(StoreError, match="locked"):
            database.read(SELECT)
        monkeypatch.setattr("repartee.keys.database._GLANCE_S", 30.0)
        monkeypatch.setattr(time, "sleep", lambda seconds: maker.execute("COMMIT"))
        assert database.read(SELECT) == []


def test_many_may_begin_at_once(file: Path) -> None:
    def write(number: int) -> int:
        with closing(Database(file)) as database:
            assert database.read(SELECT) is not None
            return database.write(INSERT, bytes([number]), b"", 1)

    with ThreadPoolExecutor(8) as threads:
        assert list(threads.map(write, range(24))) == [1] * 24
    with closing(Database(file)) as database:
        assert len(database.read(SELECT)) == 24


def test_a_closed_file_is_opened_again(database: Database) -> None:
    database.write(INSERT, b"a", b"b", 1)
    assert database.read(SELECT)
    database.close()
    database.close()
    assert database.read(SELECT) == [(b"a",)]


def test_faults_name_the_file_and_no_value(database: Database, file: Path) -> None:
    database.write(INSERT, b"precious", b"b", 1)
    with pytest.raises(StoreError, match=r"repartee\.db cannot be used: UNIQUE") as refused:
        database.write(INSERT, b"precious", b"b", 1)
    assert "precious" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("content", [b"no database at all, but long enough", b"SQLite"])
def test_a_file_of_another_kind_is_told(file: Path, content: bytes) -> None:
    file.parent.mkdir()
    file.write_bytes(content * 100)
    with closing(Database(file)) as database:
        for attempt in (lambda: database.read(SELECT), lambda: database.write(SELECT)):
            with pytest.raises(StoreError, match="not a database"):
                attempt()


def test_a_place_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    database = Database(tmp_path / "file" / "repartee.db")
    assert database.read(SELECT) == []
    with pytest.raises(StoreError, match=r"cannot be used: (Not a directory|File exists)"):
        database.write(INSERT, b"a", b"b", 1)
