"""The table of rules."""

import re

from repartee.conformance.rules import RULES


def test_rules_are_named_and_told_in_one_sentence() -> None:
    for slug, rule in RULES.items():
        assert rule.slug == slug
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", slug)
        assert rule.says.endswith(".")
        assert all(re.fullmatch(r"B\d{3}", behaviour) for behaviour in rule.behaviours)


def test_rules_without_a_behaviour_are_rulings_or_come_from_the_contract_at_large() -> None:
    assert {slug for slug, rule in RULES.items() if not rule.behaviours} == {"append-odd"}


def test_every_area_has_rules() -> None:
    areas = {rule.area for rule in RULES.values()}
    assert areas == {
        "connection",
        "session",
        "answers",
        "conversation",
        "input audio",
        "response",
        "transcription",
        "playout",
    }
