"""What each key has used today."""

from repartee.usage.record import DAY_S
from repartee.usage.totals import Totals
from usage.made import DAY, NOON, heard, record


class Clock:
    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> float:
        return self.now


def test_a_key_that_has_done_nothing() -> None:
    assert Totals(Clock()).today("key_1") == (0.0, 0)


def test_records_add_up_by_key() -> None:
    totals = Totals(Clock())
    for each in (record(1), record(2), heard(3, 1.5), heard(4, 0.5, key_id=None)):
        totals.add(each)
    assert totals.today("key_1") == (1.5, 10)
    assert totals.today(None) == (0.5, 0)
    assert totals.today("key_2") == (0.0, 0)


def test_what_the_database_knows_is_added() -> None:
    totals = Totals(Clock())
    totals.add(record())
    totals.load(DAY, {"key_1": (2.0, 100), "key_2": (1.0, 7)})
    assert totals.today("key_1") == (2.0, 105)
    assert totals.today("key_2") == (1.0, 7)


def test_at_midnight_everybody_begins_anew() -> None:
    clock = Clock()
    totals = Totals(clock)
    totals.add(record())
    clock.now = (DAY + 1) * DAY_S - 1
    assert totals.today("key_1") == (0.0, 5)
    clock.now += 1
    assert totals.today("key_1") == (0.0, 0)
    totals.add(record())  # of yesterday
    totals.load(DAY, {"key_1": (1.0, 1)})
    assert totals.today("key_1") == (0.0, 0)
    totals.add(record(time=clock.now))
    assert totals.today("key_1") == (0.0, 5)
