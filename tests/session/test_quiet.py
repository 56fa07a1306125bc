"""The silence after an answer, in seconds of a clock that the tests turn."""

from math import inf

from repartee.session.quiet import Quiet


def test_nothing_counts_before_the_first_answer() -> None:
    quiet = Quiet()
    quiet.sounds(500, now=1)
    assert quiet.end(5_000) == inf


def test_without_a_time_it_never_ends() -> None:
    quiet = Quiet()
    quiet.begins(now=1)
    assert quiet.end(None) == inf


def test_it_counts_from_the_end_of_an_answer() -> None:
    quiet = Quiet()
    quiet.begins(now=10)
    assert quiet.end(5_000) == 15
    assert quiet.end(30_000) == 40


def test_what_still_plays_is_waited_for() -> None:
    """B078: sound comes faster than it plays, and pieces play one after the other."""
    quiet = Quiet()
    quiet.sounds(2_000, now=10)
    quiet.sounds(3_000, now=10.5)
    quiet.begins(now=11)
    assert quiet.end(5_000) == 20


def test_what_has_played_is_not() -> None:
    quiet = Quiet()
    quiet.sounds(500, now=1)
    quiet.sounds(500, now=10)
    quiet.begins(now=12)
    assert quiet.end(5_000) == 17


def test_a_client_that_stops_playing_has_played_it_all() -> None:
    quiet = Quiet()
    quiet.sounds(60_000, now=10)
    quiet.begins(now=11)
    quiet.hushed(now=12)
    assert quiet.end(5_000) == 17
    quiet.hushed(now=90)
    assert quiet.end(5_000) == 17


def test_whoever_speaks_ends_it() -> None:
    quiet = Quiet()
    quiet.begins(now=10)
    quiet.broken()
    assert quiet.end(5_000) == inf


def test_what_plays_goes_on_while_another_answer_begins() -> None:
    quiet = Quiet()
    quiet.sounds(10_000, now=0)
    quiet.begins(now=1)
    quiet.broken()
    quiet.sounds(1_000, now=2)
    quiet.begins(now=3)
    assert quiet.end(5_000) == 16
