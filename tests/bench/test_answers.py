"""How an answer's sound comes, at given times."""

import pytest

from repartee.bench.answers import Answer


def came(*pieces: tuple[float, float]) -> Answer:
    """An answer of which so many ms came at each time."""
    answer = Answer("r", 0.0)
    for at, ms in pieces:
        answer.sound(ms, at)
    return answer


def test_sound_that_comes_ahead_leaves_no_gap() -> None:
    answer = came((1.0, 200), (1.1, 200), (1.4, 100))
    assert (answer.first, answer.last, answer.sound_ms) == (1.0, 1.4, 500)
    assert answer.gap_s == 0
    assert answer.plays_until == pytest.approx(1.5)


def test_sound_that_comes_late_is_played_late_and_leaves_a_gap() -> None:
    answer = came((1.0, 100), (1.3, 100), (1.41, 100))
    assert answer.gap_s == pytest.approx(0.2)  # and the last one in time, after that
    assert answer.plays_until == pytest.approx(1.51)


def test_the_longest_gap_counts() -> None:
    assert came((0.0, 100), (0.3, 100), (0.45, 100)).gap_s == pytest.approx(0.2)


def test_the_real_time_factor_is_of_what_came_after_the_first_piece() -> None:
    assert came((0.0, 100), (0.1, 100), (0.2, 100)).real_time_factor == pytest.approx(1)
    assert came((0.0, 100), (0.2, 100), (0.4, 100)).real_time_factor == pytest.approx(2)
    assert came((0.0, 100), (0.0, 100)).real_time_factor == 0
    assert came((0.0, 100)).real_time_factor is None
    assert came().real_time_factor is None


def test_what_sounds_after_the_server_hears_somebody_has_leaked() -> None:
    answer = came((0.0, 100))
    answer.hushed = 0.05
    answer.sound(40, 0.06)
    answer.sound(60, 0.07)
    assert answer.leaked_ms == 100


def test_an_answer_ends_once_and_sounds_no_more() -> None:
    answer = came((0.0, 100))
    answer.end("completed", 0.1)
    answer.end("failed", 0.2)
    answer.sound(20, 0.3)
    assert (answer.ended, answer.status, answer.after_end) == (0.1, "completed", 1)
