"""What `repartee usage` understands."""

import argparse
from datetime import date

import pytest

from repartee.usage.arguments import GROUPS, add_arguments
from repartee.usage.report import _GROUPS


def parsed(*words: str) -> argparse.Namespace:
    command = argparse.ArgumentParser()
    add_arguments(command)
    return command.parse_args(words)


def test_without_words_everything_is_summed_up() -> None:
    assert vars(parsed()) == {"by": [], "since": None, "until": None, "json": False}


def test_words() -> None:
    given = parsed(
        *("--by", "key", "--by", "day"), *("--since", "2026-01-31", "--until", "2026-02-01")
    )
    assert given.by == ["key", "day"]
    assert (given.since, given.until) == (date(2026, 1, 31), date(2026, 2, 1))


@pytest.mark.parametrize("words", [("--by", "voice"), ("--since", "yesterday")])
def test_what_is_not_understood(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit):
        parsed(*words)


def test_every_group_can_be_summed_up() -> None:
    assert list(_GROUPS) == list(GROUPS)
