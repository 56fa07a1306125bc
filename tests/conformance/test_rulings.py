"""The tables of what is decided here are about behaviours that exist, and are told once."""

from repartee.conformance.behaviours import BEHAVIOURS
from repartee.conformance.rulings import LIMITED, RULINGS, UNSERVED

ALL = (*RULINGS, *LIMITED, *UNSERVED)


def test_rulings_are_about_behaviours_that_exist() -> None:
    assert {each for ruling in ALL for each in ruling.behaviours} <= set(BEHAVIOURS)


def test_a_question_is_decided_once() -> None:
    questions = [ruling.question for ruling in ALL]
    assert len(questions) == len(set(questions))


def test_a_behaviour_is_decided_in_one_table() -> None:
    ruled = [each for ruling in RULINGS for each in ruling.behaviours]
    other = [each for ruling in (*LIMITED, *UNSERVED) for each in ruling.behaviours]
    assert not set(ruled) & set(other)


def test_every_ruling_says_why() -> None:
    assert all(ruling.question and ruling.answer and ruling.reason for ruling in ALL)
