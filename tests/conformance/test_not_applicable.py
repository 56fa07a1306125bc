"""What is not judged, and why."""

from repartee.conformance.behaviours import BEHAVIOURS
from repartee.conformance.cases import every_case
from repartee.conformance.not_applicable import NOT_APPLICABLE


def test_reasons_are_given_for_behaviours() -> None:
    assert set(NOT_APPLICABLE) <= set(BEHAVIOURS)
    assert all(NOT_APPLICABLE.values())


def test_every_behaviour_has_a_case_or_a_reason_and_none_has_both() -> None:
    shown = {behaviour for case in every_case() for behaviour in case.behaviours}
    assert not shown & set(NOT_APPLICABLE)
    assert shown | set(NOT_APPLICABLE) == set(BEHAVIOURS)
