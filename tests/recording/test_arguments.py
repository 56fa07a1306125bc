"""What the commands understand."""

import argparse
from datetime import date
from pathlib import Path

import pytest

from repartee.recording.arguments import add_recording


def understood(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    takes_settings = add_recording(parser.add_subparsers(required=True))
    assert len(takes_settings) == 3
    return parser.parse_args(words)


def recordings(*words: str) -> argparse.Namespace:
    return understood("recordings", *words)


def test_what_is_recorded_is_listed() -> None:
    given = recordings("list", "--json", "--folder", "calls")
    assert (given.verb, given.json, given.folder) == ("list", True, Path("calls"))


def test_recordings_are_erased_by_session_user_or_day() -> None:
    assert recordings("erase", "--session", "sess_1").session == "sess_1"
    assert recordings("erase", "--user", "ada").user == "ada"
    assert recordings("erase", "--before", "2026-01-31").before == date(2026, 1, 31)


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("erase",),
        ("erase", "--session", "sess_1", "--user", "ada"),
        ("erase", "--before", "yesterday"),
    ],
)
def test_nothing_is_erased_that_is_not_named(
    words: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        recordings(*words)
    assert "usage:" in capsys.readouterr().err


def test_recordings_are_replayed_by_name() -> None:
    given = understood("replay", "a", "b", "--json")
    assert (given.files, given.json) == ([Path("a"), Path("b")], True)


def test_a_replay_can_be_one_with_other_engines() -> None:
    given = understood("replay", "a.repartee", "--engines", "--fast", "--keep", "again")
    assert (given.engines, given.fast, given.keep) == (True, True, Path("again"))
