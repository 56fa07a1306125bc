"""Collecting violations."""

import pytest

from repartee.conformance.findings import Findings, Violation


def test_violations_are_taken_once() -> None:
    findings = Findings(rulings=True)
    findings.event_index = 4
    findings.note("usage", "It does not add up.")
    assert findings.take() == [Violation("usage", ("B119",), "It does not add up.", 4)]
    assert not findings.take()


def test_rulings_can_be_switched_off() -> None:
    findings = Findings(rulings=False)
    findings.note("item-done-next", "Something stands between.")
    assert not findings.take()


def test_only_known_rules_are_noted() -> None:
    with pytest.raises(KeyError):
        Findings(rulings=True).note("etiquette", "It was rude.")
