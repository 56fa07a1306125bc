"""The shelf: what was put there can be had until it has expired."""

import logging
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from repartee.keys.database import Database
from repartee.keys.shelf import BoundSessions


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "repartee.db")) as database:
        yield database


def test_what_was_put_there_can_be_had(database: Database) -> None:
    shelf = BoundSessions(database)
    assert shelf.get(b"a") is None
    shelf.put(b"a", b"\0sealed", int(time.time()) + 600)
    assert shelf.get(b"a") == b"\0sealed"
    assert shelf.get(b"b") is None


def test_what_has_expired_goes_with_the_next(database: Database) -> None:
    shelf = BoundSessions(database)
    now = int(time.time())
    shelf.put(b"long ago", b"", now - 3600)
    shelf.put(b"just now", b"", now - 10)  # clocks differ
    shelf.put(b"later", b"", now + 10)
    assert [shelf.get(each) for each in (b"long ago", b"just now", b"later")] == [None, b"", b""]


def test_a_file_that_cannot_be_read_is_logged(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "repartee.db"
    file.write_bytes(b"no database" * 100)
    with closing(Database(file)) as database, caplog.at_level(logging.WARNING):
        assert BoundSessions(database).get(b"a") is None
    assert "not a database" in caplog.text
