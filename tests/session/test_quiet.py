"""The silence after an answer, in seconds of a clock that the tests turn."""

from math import inf

from repartee.session.quiet import Quiet


def test_nothing_counts_before_the_first_answer() -> None:
    assert Quiet().end(5_000, played=1) == inf


def test_without_a_time_it_never_ends() -> None:
    quiet = Quiet()
    quiet.begins(now=1)
    assert quiet.end(None, played=1) == inf


def test_it_counts_from_the_end_of_an_answer() -> None:
    quiet = Quiet()
    quiet.begins(now=10)
    assert quiet.end(5_000, played=-inf) == 15
    assert quiet.end(30_000, played=9) == 40


def test_what_still_plays_is_waited_for() -> None:
    """B078"""
    quiet = Quiet()
    quiet.begins(now=11)
    assert quiet.end(5_000, played=15) == 20


def test_whoever_speaks_ends_it() -> None:
    quiet = Quiet()
    quiet.begins(now=10)
    quiet.broken()
    assert quiet.end(5_000, played=10) == inf
