"""The search for the largest load: which numbers it tries, and what counts as too much."""

from collections import Counter
from typing import Any

import pytest

from bench.made import reported
from bench.test_report import turn
from repartee.bench.capacity import Search, Step, find_capacity, why_failed
from repartee.bench.figures import Figure
from repartee.bench.plan import Plan
from repartee.bench.report import Report
from repartee.bench.turns import Turn


def tried(carries: int, most: int = 1000) -> tuple[list[int], int]:
    """What is tried with a server that carries so many, and what is found."""
    search, numbers = Search(most), list[int]()
    while (number := search.next()) is not None:
        numbers.append(number)
        search.tell(number, held=number <= carries)
    return numbers, search.held


@pytest.mark.parametrize("carries", [0, 1, 2, 3, 7, 45, 330, 500, 999])
def test_the_answer_is_right_within_a_tenth(carries: int) -> None:
    numbers, found = tried(carries)
    assert found <= carries <= found * 1.1 + 1
    assert len(numbers) <= 14
    assert len(set(numbers)) == len(numbers)


def test_it_doubles_then_halves_in_between() -> None:
    assert tried(45)[0] == [1, 2, 4, 8, 16, 32, 64, 48, 40, 44]


def test_it_asks_for_no_more_than_it_may() -> None:
    assert tried(5000, most=100) == ([1, 2, 4, 8, 16, 32, 64, 100], 100)


def lagging(ms: float) -> Report:
    return reported(turn(lag=ms / 1000))


def test_a_load_fails_by_its_lag_against_that_of_one() -> None:
    assert why_failed(lagging(99), 80.0, 20.0) == ""
    assert why_failed(lagging(101), 80.0, 20.0) == "speech_stopped came 21.0 ms later than with few"
    assert why_failed(lagging(101), None, 20.0) == ""


@pytest.mark.parametrize(
    ("noted", "why"),
    [
        ({"late": Figure.of([11.0])}, "the generator itself was late"),
        ({"refused": Counter({"handshake answered 503": 1})}, "handshake answered 503"),
        ({"foreign": 1}, "messages that are no events"),
    ],
)
def test_a_load_fails_by_what_is_not_well(noted: dict[str, Any], why: str) -> None:
    assert why_failed(reported(turn(), **noted), 80.0, 20.0) == why


def test_a_load_fails_by_its_answers() -> None:
    lost = reported(turn(), Turn(1, 0.0, 1.0))
    assert why_failed(lost, 80.0, 20.0) == "1 of 2 turns were not answered"
    late = turn()
    late.answers[0].gap_s = 0.1
    assert why_failed(reported(late), 80.0, 20.0) == "1 answers did not sound without a gap"
    assert why_failed(reported(), 80.0, 20.0) == "not one turn was said"


async def test_steps_are_shown_and_the_best_is_kept() -> None:
    plans, shown = list[Plan](), list[Step]()

    async def have(plan: Plan) -> Report:
        plans.append(plan)
        return lagging(80 if plan.sessions <= 3 else 120)

    found = await find_capacity(Plan(seconds=5), have, most=50, limit_ms=20, show=shown.append)
    assert [plan.sessions for plan in plans] == [1, 2, 4, 4, 3]
    assert [plan.seconds for plan in plans] == [15, 5, 5, 5, 5]  # few turns make a poor measure
    assert found.sessions == 3
    assert found.steps == tuple(shown)
    assert [bool(step.failed) for step in shown] == [False, False, True, False]
    assert found.report is not None
    assert found.report.stopped is not None
    assert found.report.stopped.p99 == pytest.approx(80)


async def test_a_load_that_fails_is_had_once_more() -> None:
    voids = iter([False, True, False, True, True, False])
    numbers = list[int]()

    async def have(plan: Plan) -> Report:
        numbers.append(plan.sessions)
        return reported(turn(), late=Figure.of([20.0 if next(voids) else 0.5]))

    found = await find_capacity(Plan(), have, most=50, limit_ms=20, show=lambda step: None)
    assert (numbers, found.sessions) == ([1, 2, 2, 4, 4, 3], 3)


async def test_the_lag_of_one_is_known_from_a_few() -> None:
    async def have(plan: Plan) -> Report:
        return lagging({1: 80, 2: 95, 4: 95, 8: 95}.get(plan.sessions, 110))

    found = await find_capacity(Plan(), have, most=32, limit_ms=20, show=lambda step: None)
    assert found.sessions == 32


async def test_who_stops_it_gets_what_is_known() -> None:
    numbers = list[int]()

    async def have(plan: Plan) -> Report:
        numbers.append(plan.sessions)
        return reported(turn(), stopped=plan.sessions == 4)

    found = await find_capacity(Plan(), have, most=50, limit_ms=20, show=lambda step: None)
    assert (numbers, found.sessions) == ([1, 2, 4], 2)


async def test_a_server_that_fails_with_one_carries_none() -> None:
    async def have(plan: Plan) -> Report:
        return reported(refused=Counter({"Connection refused": 1}))

    found = await find_capacity(Plan(), have, most=50, limit_ms=20, show=lambda step: None)
    assert (found.sessions, len(found.steps)) == (0, 1)
    assert found.report is not None
    assert found.report.refused
