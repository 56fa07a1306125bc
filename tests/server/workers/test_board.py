"""What workers share: counted together, and without the dead."""

import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from repartee.keys.database import StoreError
from repartee.server.workers import board as module
from repartee.server.workers.board import Board, SharedSessions, SharedTotals
from repartee.usage.record import DAY_S, UsageRecord

NOON = 20_000 * DAY_S + DAY_S / 2
DAY = 20_000


@pytest.fixture
def boards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], Board]]:
    """Makes boards in one folder, as seen by workers of different numbers."""
    monkeypatch.setattr(module, "_PATIENCE_S", 0.01)
    made: list[Board] = []

    def make(number: int) -> Board:
        made.append(Board(tmp_path, number))
        return made[-1]

    yield make
    for each in made:
        each.close()


def never(_: Callable[[], None]) -> None:
    raise AssertionError("it could be written at once")


def begin(live: SharedSessions, key_id: str) -> None:
    with live:
        live.begin(key_id)


def test_sessions_are_those_of_all_workers(boards: Callable[[int], Board]) -> None:
    one, two = (SharedSessions(boards(number), "sessions", never) for number in (1, 2))
    begin(one, "key_a")
    begin(two, "key_a")
    begin(two, "key_b")
    for live in (one, two):
        assert (live["key_a"], live["key_b"], live["key_c"], live.total) == (2, 1, 0, 3)
    two.end("key_a")
    assert (one["key_a"], one.total) == (1, 2)


def test_what_is_of_another_kind_is_counted_apart(boards: Callable[[int], Board]) -> None:
    board = boards(1)
    sessions, calls = (SharedSessions(board, kind, never) for kind in ("sessions", "calls"))
    begin(sessions, "")
    assert (sessions.total, calls.total) == (1, 0)


def test_the_dead_do_not_count(boards: Callable[[int], Board], tmp_path: Path) -> None:
    dead, alive = Board(tmp_path, 1), boards(2)
    one, two = SharedSessions(dead, "sessions", never), SharedSessions(alive, "sessions", never)
    begin(one, "key_a")
    begin(two, "key_a")
    dead.close()  # which lets its lock go, as the kernel would
    with two:
        assert two["key_a"] == 1
    assert alive.is_last()
    (tmp_path / "1.alive").unlink()
    with two:
        assert two.total == 1


def test_who_lives_is_seen(boards: Callable[[int], Board]) -> None:
    assert boards(1).is_last()
    assert not boards(2).is_last()


def fail_to_begin(live: SharedSessions, key_id: str) -> None:
    with live:
        live.begin(key_id)
        raise KeyError


def test_what_is_refused_was_never_begun(boards: Callable[[int], Board]) -> None:
    one, two = (SharedSessions(boards(number), "sessions", never) for number in (1, 2))
    with pytest.raises(KeyError):
        fail_to_begin(one, "key_a")
    assert two.total == 0
    begin(one, "key_a")
    assert two.total == 1


def test_nobody_counts_while_another_does(boards: Callable[[int], Board]) -> None:
    one, two = (SharedSessions(boards(number), "sessions", never) for number in (1, 2))
    with one:
        with pytest.raises(StoreError, match="locked"), two:
            raise AssertionError
        one.begin("key_a")
    begin(two, "key_a")
    assert one["key_a"] == 2


def test_an_end_that_cannot_be_written_is_written_later(boards: Callable[[int], Board]) -> None:
    later: list[Callable[[], None]] = []
    one = SharedSessions(boards(1), "sessions", later.append)
    two = SharedSessions(boards(2), "sessions", never)
    begin(one, "key_a")
    with two:
        one.end("key_a")
    assert two["key_a"] == 1
    (again,) = later
    again()
    assert two["key_a"] == 0


def record(tokens: int, audio_s: float = 0.0, key_id: str | None = "key_a") -> UsageRecord:
    return UsageRecord(
        time=NOON,
        key_id=key_id,
        session_id="sess_1",
        id="resp_1",
        kind="response",
        model="m",
        dialect="ga",
        status="completed",
        input_text_tokens=tokens,
        audio_s=audio_s,
    )


def test_usage_is_that_of_all_workers(boards: Callable[[int], Board]) -> None:
    one, two = (SharedTotals(boards(number), lambda: NOON) for number in (1, 2))
    one.add(record(5, 1.5))
    two.add(record(7))
    two.add(record(3, key_id=None))
    for totals in (one, two):
        assert totals.today("key_a") == (1.5, 12)
        assert totals.today(None) == (0.0, 3)
        assert totals.today("key_b") == (0.0, 0)


def test_what_the_database_knows_is_added_once(boards: Callable[[int], Board]) -> None:
    one, two = (SharedTotals(boards(number), lambda: NOON) for number in (1, 2))
    known = {"key_a": (2.0, 100), None: (0.0, 1)}
    one.load(DAY, known)
    one.add(record(5))
    two.load(DAY, {"key_a": (2.0, 105)})
    assert two.today("key_a") == (2.0, 105)
    assert two.today(None) == (0.0, 1)


def test_a_new_day_begins_anew(boards: Callable[[int], Board]) -> None:
    now = NOON
    totals = SharedTotals(boards(1), lambda: now)
    totals.add(record(5))
    now += DAY_S
    assert totals.today("key_a") == (0.0, 0)


def test_where_the_board_is_busy_nothing_is_lost(boards: Callable[[int], Board]) -> None:
    board = boards(2)
    one, two = SharedTotals(boards(1), lambda: NOON), SharedTotals(board, lambda: NOON)
    with board.writing():
        one.add(record(5))
        assert one.today("key_a") == (0.0, 5)  # as far as it knows by itself
        with pytest.raises(sqlite3.OperationalError):
            one.load(DAY, {})
    assert two.today("key_a") == (0.0, 0)
    assert one.today("key_a") == (0.0, 5)
    assert two.today("key_a") == (0.0, 5)
