"""How long a slot waits for its next worker."""

from repartee.server.workers.pauses import Pauses


def test_the_first_death_is_made_good_at_once() -> None:
    assert Pauses().after(3600) == 0
    assert Pauses().after(0) == 0


def test_workers_that_die_young_are_waited_for_ever_longer() -> None:
    pauses = Pauses()
    assert [pauses.after(1) for _ in range(7)] == [0, 0.5, 1, 2, 4, 8, 8]


def test_one_that_has_lived_ends_the_waiting() -> None:
    pauses = Pauses()
    for _ in range(5):
        pauses.after(0)
    assert [pauses.after(10), pauses.after(9.9), pauses.after(0)] == [0, 0.5, 1]
