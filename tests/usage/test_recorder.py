"""The recorder: what is kept, and what happens where nothing can be."""

import asyncio
import logging
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from repartee.settings import Usage
from repartee.usage import recorder as module
from repartee.usage import store
from repartee.usage.recorder import Recorder, recorder
from repartee.usage.store import Store
from usage.made import NOON, heard, record


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "repartee.db"


@contextmanager
def recording(file: Path | None, **different: Any) -> Iterator[Recorder]:
    made = Recorder(file, **{"clock": lambda: NOON, "retry_s": 0.01, **different})
    made.open()
    yield made
    made.close()


def ids(file: Path) -> list[str]:
    with closing(sqlite3.connect(file)) as reader:
        return [id for (id,) in reader.execute("SELECT id FROM usage ORDER BY time")]


async def test_a_record_is_kept_once_that_is_told(file: Path) -> None:
    with recording(file) as made:
        kept = made.keep(record())
        assert kept is not None
        await kept
        assert ids(file) == ["resp_1"]
        assert made.degraded is None


class Gated(Store):
    """A database that writes once it may, and so many records at once at most."""

    entered, gate = Event(), Event()
    most = 1000

    def add(self, records: Any) -> None:
        written = list(records)
        if written:
            self.entered.set()
            self.gate.wait(30)
            if len(written) > self.most:
                raise sqlite3.OperationalError("disk I/O error")
        super().add(written)


@pytest.fixture
def gated(monkeypatch: pytest.MonkeyPatch) -> type[Gated]:
    class Fresh(Gated):
        entered, gate = Event(), Event()

    monkeypatch.setattr(module, "Store", Fresh)
    return Fresh


async def test_nothing_is_told_before_it_is_kept(file: Path, gated: type[Gated]) -> None:
    with recording(file) as made:
        kept = made.keep(record())
        assert kept is not None
        await asyncio.to_thread(gated.entered.wait)
        for _ in range(10):
            await asyncio.sleep(0)
        assert not kept.done()
        gated.gate.set()
        await kept
        assert ids(file) == ["resp_1"]


async def test_when_writing_fails_nobody_waits_for_the_next_try(
    file: Path, gated: type[Gated]
) -> None:
    """Neither whose record was being written, nor whose came in the meantime."""
    with recording(file, retry_s=3600.0) as made:
        first = made.keep(record(1))
        await asyncio.to_thread(gated.entered.wait)
        second = made.keep(record(2))
        assert first is not None
        assert second is not None
        gated.most = 0
        gated.gate.set()
        async with asyncio.timeout(30):
            await first
            await second
        assert made.degraded == f"{file}: disk I/O error"
        gated.most = 1000
    assert ids(file) == ["resp_1", "resp_2"]


async def test_what_is_put_back_keeps_its_order(file: Path, gated: type[Gated]) -> None:
    """The oldest is the one that is dropped."""
    gated.most = 1
    with recording(file, ring=3, retry_s=3600.0) as made:
        made.keep(record(0))
        await asyncio.to_thread(gated.entered.wait)
        _, _, last = (made.keep(record(number)) for number in (1, 2, 3))
        assert last is not None
        gated.gate.set()
        await last
        gated.most = 1000
        made.keep(record(4))
    assert ids(file) == ["resp_0", "resp_2", "resp_3", "resp_4"]


async def test_many_records_are_kept_in_order_and_with_few_commits(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commits = []

    class Counting(Store):
        def add(self, records: Any) -> None:
            written = list(records)
            commits.append(len(written))
            super().add(written)

    monkeypatch.setattr(module, "Store", Counting)
    order: list[int] = []

    def noted(number: int, _: asyncio.Future[None]) -> None:
        order.append(number)

    with recording(file) as made:
        for number in range(3000):
            kept = made.keep(record(number))
            assert kept is not None
            kept.add_done_callback(partial(noted, number))
        last = made.keep(record(3000))
        assert last is not None
        await last
        await asyncio.sleep(0)
        assert order == list(range(3000))
        assert made.records_written == 3001
    assert sum(commits) == 3001
    assert max(commits) <= module.BATCH
    assert len(commits) < 1000


async def test_closing_writes_what_is_left(file: Path) -> None:
    with recording(file) as made:
        for number in range(2500):
            made.keep(record(number))
    assert len(ids(file)) == 2500
    assert (made.records_written, made.records_dropped) == (2500, 0)


async def test_what_comes_after_the_end_is_dropped(file: Path) -> None:
    with recording(file) as made:
        pass
    assert made.keep(record()) is None
    assert (made.records_written, made.records_dropped) == (0, 1)
    assert made.degraded == "no usage is recorded any more: the server ends"


async def test_the_totals_begin_with_what_the_database_knows(file: Path) -> None:
    with recording(file) as made:
        made.keep(record(1))
        made.keep(heard(2, 1.5))
    with recording(file) as made:
        assert made.totals.today("key_1") == (1.5, 5)
        made.keep(record(3))
        assert made.totals.today("key_1") == (1.5, 10)


async def test_without_a_database_records_are_summed_up_and_dropped() -> None:
    with recording(None) as made:
        assert made.degraded == 'usage.database is "off"'
        assert made.keep(record()) is None
        assert made.totals.today("key_1") == (0.0, 5)
    assert made.records_dropped == 1


@contextmanager
def locked(file: Path) -> Iterator[None]:
    with closing(sqlite3.connect(file, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield


class Recovery(logging.Handler):
    """Waits for the line that tells of it."""

    def __init__(self) -> None:
        super().__init__()
        self.came = Event()

    def emit(self, line: logging.LogRecord) -> None:
        if line.getMessage() == "usage is recorded again":
            self.came.set()


@contextmanager
def recovery() -> Iterator[Event]:
    watch = Recovery()
    module.log.addHandler(watch)
    yield watch.came
    module.log.removeHandler(watch)


async def test_while_the_database_is_locked_nobody_waits_and_nothing_is_lost(
    file: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "BUSY_S", 0.01)
    with recording(file) as made, recovery() as recovered:
        with locked(file):
            first = made.keep(record(1))
            assert first is not None
            await first  # given up, not kept
            assert made.degraded == f"{file}: database is locked"
            assert made.keep(record(2)) is None
        await asyncio.to_thread(recovered.wait, 30)
        assert made.degraded is None
        third = made.keep(record(3))
        assert third is not None
        await third
        assert ids(file) == ["resp_1", "resp_2", "resp_3"]
    assert (made.records_written, made.records_dropped) == (3, 0)
    assert caplog.text.count("usage cannot be recorded") == 1


async def test_a_database_that_is_locked_at_the_start_is_summed_up_later(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with recording(file) as made:
        made.keep(record(1))
    monkeypatch.setattr(store, "BUSY_S", 0.01)
    with recovery() as recovered:
        made = Recorder(file, retry_s=0.01, clock=lambda: NOON)
        with locked(file):
            made.open()
            assert made.degraded == f"{file}: database is locked"
            assert made.keep(record(2)) is None
        await asyncio.to_thread(recovered.wait, 30)
        made.close()
    assert made.totals.today("key_1") == (0.0, 10)
    assert ids(file) == ["resp_1", "resp_2"]


class Breaking(Store):
    """A database that can be written until its disk breaks."""

    fault = ""

    def add(self, records: Any) -> None:
        if self.fault:
            self._connection.execute(f"PRAGMA {self.fault}")
        super().add(records)


@pytest.mark.parametrize(
    ("fault", "why"), [("max_page_count = 1", "full"), ("query_only = ON", "readonly")]
)
async def test_what_cannot_be_written_waits_in_a_ring_of_bounded_size(
    file: Path, monkeypatch: pytest.MonkeyPatch, fault: str, why: str
) -> None:
    monkeypatch.setattr(module, "Store", Breaking)
    with recording(file, ring=3, retry_s=0.001) as made:
        monkeypatch.setattr(Breaking, "fault", fault)
        first = made.keep(record(1, id="long" * 5000))
        assert first is not None
        await first
        assert made.degraded is not None
        assert why in made.degraded
        for number in range(2, 8):
            assert made.keep(record(number)) is None
        monkeypatch.setattr(Breaking, "fault", "")
    assert ids(file)[-3:] == ["resp_5", "resp_6", "resp_7"]
    assert made.records_written + made.records_dropped == 7


async def test_at_the_end_what_cannot_be_written_is_dropped(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").touch()
    with recording(tmp_path / "file" / "repartee.db") as made:
        assert made.degraded is not None
        for number in range(5):
            assert made.keep(record(number)) is None
    assert (made.records_written, made.records_dropped) == (0, 5)


async def test_a_record_that_cannot_be_written_ever_does_not_stop_the_others(
    file: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with recording(file) as made:
        bad = made.keep(record(1, id="\ud800"))
        assert bad is not None
        await bad
        good = made.keep(record(2))
        assert good is not None
        await good
    assert ids(file) == ["resp_2"]
    assert made.records_dropped == 1
    assert "usage cannot be recorded" in caplog.text


def test_records_of_an_event_loop_that_is_closed_are_kept_all_the_same(file: Path) -> None:
    with recording(file) as made, locked(file):

        async def end() -> None:
            made.keep(record())

        asyncio.run(end())
    assert ids(file) == ["resp_1"]


def test_late_records_are_counted() -> None:
    made = Recorder(None)
    made.count_late()
    assert made.records_late == 1


def test_the_settings_choose_the_database(tmp_path: Path) -> None:
    file = tmp_path / "usage.db"
    power = recorder(Usage(database=str(file), durability="power"))
    assert (power._path, power._outlives_power) == (file, True)
    assert recorder(Usage(database="off")).degraded
    assert not recorder(Usage(database=str(file)))._outlives_power
