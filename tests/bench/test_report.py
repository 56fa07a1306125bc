"""What is made of what was noted."""

from collections import Counter
from typing import Any

import msgspec
import pytest

from bench.made import reported
from repartee.bench import events
from repartee.bench.answers import Answer
from repartee.bench.figures import Figure
from repartee.bench.plan import Plan
from repartee.bench.report import Moment, Report
from repartee.bench.turns import Turn

WHOLE = [events.STARTED, events.STOPPED, events.COMMITTED, events.CREATED, events.DONE]


def turn(number: int = 1, began: float = 1.0, lag: float = 0.08) -> Turn:
    """From `began` on a second is spoken; the server lags so many seconds."""
    stopped = began + 1 + 0.5 + lag
    answer = Answer("r", stopped)
    answer.sound(200, stopped + 0.01)
    answer.sound(200, stopped + 0.11)
    answer.end("completed", stopped + 0.12)
    return Turn(
        *(number, began, began + 1, list(WHOLE)),
        started=began + 0.05,
        stopped=stopped,
        committed=stopped,
        answers=[answer],
    )


def test_lags_are_against_the_speech_and_without_the_silence() -> None:
    report = reported(turn())
    assert report.is_well
    assert report.started is not None
    assert report.stopped is not None
    assert report.first_audio is not None
    assert report.real_time_factor is not None
    assert report.started.p50 == pytest.approx(50)
    assert report.stopped.p50 == pytest.approx(80)
    assert report.first_audio.p50 == pytest.approx(90)
    assert report.real_time_factor.p50 == pytest.approx(0.5)


def test_an_interruption_is_timed_from_the_first_sample_that_interrupts() -> None:
    first, second = turn(), turn(2, began=3.0)
    (answer,) = first.answers
    answer.status, first.interrupted, second.interrupts = "cancelled", True, answer
    answer.last, answer.leaked_ms = 3.07, 40
    report = reported(first, second)
    assert report.barge_in is not None
    assert report.barge_in.p50 == pytest.approx(70)
    assert (report.turns.interruptions, report.turns.leaks, report.turns.leaked_ms) == (1, 1, 40)
    answer.last = 2.9  # nothing came any more, though it was not over
    report = reported(first, second)
    assert report.barge_in is not None
    assert report.barge_in.p50 == 0


def test_only_gaps_that_are_heard_are_underruns() -> None:
    for gap_s, underruns in ((0.019, 0), (0.021, 1)):
        late = turn()
        late.answers[0].gap_s = gap_s
        assert reported(late).turns.underruns == underruns


def test_a_turn_without_its_answer_is_lost() -> None:
    lost = Turn(1, 1.0, 2.0)
    report = reported(turn(), lost)
    assert (report.turns.answered, report.turns.lost, report.turns.unfinished) == (1, 1, 0)
    assert report.faults[f"{events.STARTED} missing"] == 1
    assert not report.is_well


def test_the_end_may_cut_a_turn_off() -> None:
    report = reported(turn(), Turn(1, 1.0, 2.0), stopped=True)
    assert (report.turns.answered, report.turns.lost, report.turns.unfinished) == (1, 0, 1)
    assert report.is_well
    given_up = Turn(1, 1.0, 2.0, given_up=True)
    assert reported(turn(), given_up, stopped=True).turns.lost == 1


def test_a_generator_that_is_late_makes_it_void() -> None:
    assert not reported(turn(), late=Figure.of([10.0])).void
    report = reported(turn(), late=Figure.of([10.1]))
    assert report.void
    assert not report.is_well


@pytest.mark.parametrize(
    "noted",
    [{"refused": Counter(x=1)}, {"lost": Counter(x=1)}, {"foreign": 1}],
)
def test_what_is_not_well(noted: dict[str, Any]) -> None:
    assert not reported(turn(), **noted).is_well


def test_nothing_said_is_not_well() -> None:
    assert not reported().is_well


def test_cost_is_told_for_each_second_of_each_session() -> None:
    report = reported(turn())
    assert report.server_ms == pytest.approx(2)
    assert report.own_ms == pytest.approx(1)
    assert report.rss_per_session_mb == pytest.approx(0.5)


def test_the_course_has_medians_and_largest() -> None:
    report = reported(turn(), turn(2, lag=0.1), turn(3, lag=0.09), turn(4, began=5.0))
    assert report.course == (
        Moment(2, 3, (90.0, 100.0), (100.0, 110.0)),
        Moment(6, 1, (80.0, 80.0), (90.0, 90.0)),
    )


def test_a_long_course_has_few_moments() -> None:
    report = reported(*(turn(began=float(second)) for second in range(1000)))
    assert 100 < len(report.course) <= 120


def test_it_can_be_written_and_read() -> None:
    report = reported(turn(), plan=Plan(sessions=3))
    encoded = msgspec.json.encode(report)
    assert msgspec.json.decode(encoded, type=Report) == report
