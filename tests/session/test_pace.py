"""How often something may happen."""

from repartee.session.pace import Pace


def test_ten_seconds_worth_may_come_at_once() -> None:
    pace = Pace(2, now=5.0)
    assert [pace.admits(5.0) for _ in range(22)] == [True] * 20 + [False] * 2


def test_then_as_many_as_time_allows() -> None:
    pace = Pace(2, now=0.0)
    assert sum(pace.admits(at / 100) for at in range(1000)) == 20 + 19


def test_a_long_silence_earns_no_more() -> None:
    pace = Pace(2, now=0.0)
    assert all(pace.admits(1000.0) for _ in range(20))
    assert not pace.admits(1000.0)


def test_what_may_happen_once_a_minute_may_happen_once() -> None:
    pace = Pace(1 / 60, now=0.0)
    assert [pace.admits(0.0), pace.admits(59.0), pace.admits(61.0)] == [True, False, True]
