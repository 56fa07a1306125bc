"""Declaring cases, and the whole of them."""

import pytest

from repartee.conformance.behaviours import BEHAVIOURS
from repartee.conformance.cases import every_case
from repartee.conformance.play import case as module
from repartee.conformance.play.case import Case, case
from repartee.conformance.play.stage import Stage


def test_a_case_takes_its_words_from_its_function(monkeypatch: pytest.MonkeyPatch) -> None:
    declared: list[Case] = []
    monkeypatch.setattr(module, "CASES", declared)

    @case("B101", "B024", dialect="beta")
    async def everything_is_blue(stage: Stage) -> None:
        """Everything
        is blue.
        """

    assert declared == [
        Case(
            "everything_is_blue",
            "Everything is blue.",
            ("B101", "B024"),
            "beta",
            everything_is_blue,
        )
    ]
    assert declared[0].areas == ("truncate", "session.update")


def test_every_case_has_a_name_of_its_own_and_says_something() -> None:
    names = [each.name for each in every_case()]
    assert len(set(names)) == len(names)
    assert all(each.says.endswith(".") for each in every_case())
    assert all(each.behaviours and set(each.behaviours) <= set(BEHAVIOURS) for each in every_case())
