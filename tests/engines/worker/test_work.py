"""Failures inside a worker process are told without their words."""

from repartee.engines.worker.work import describe


def fail(words: str) -> None:
    raise ValueError(words)


def test_a_failure_is_told_by_kind_and_place() -> None:
    try:
        fail("what the user said")
    except ValueError as error:
        told = describe(error)
    assert told == f"ValueError in test_work.py, line {fail.__code__.co_firstlineno + 1}"


def test_a_failure_that_was_never_raised_has_no_place() -> None:
    assert describe(KeyError("a secret")) == "KeyError"
