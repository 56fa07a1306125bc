"""What `repartee keys` understands, and what it says of what it does not."""

import argparse

import pytest

from repartee.keys.arguments import add_arguments


def understood(*words: str) -> argparse.Namespace:
    command = argparse.ArgumentParser()
    verbs = add_arguments(command)
    assert len(verbs) == 3
    return command.parse_args(words)


def test_what_is_not_said_is_not_limited() -> None:
    given = understood("create", " my phone ")
    assert (given.verb, given.name) == ("create", "my phone")
    assert (given.sessions, given.minutes, given.model, given.lock) == (None, None, [], [])
    assert not given.record


def test_limits() -> None:
    amounts = ["--sessions=2", "--minutes=0.5", "--audio-seconds-per-day=60", "--tokens-per-day=9"]
    names = ["--model", "a", "--model", "b*", "--lock", "session.tools"]
    given = understood("create", "a", *amounts, *names)
    assert (given.sessions, given.minutes) == (2, 0.5)
    assert (given.audio_seconds_per_day, given.tokens_per_day) == (60, 9)
    assert (given.model, given.lock) == (["a", "b*"], ["tools"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["create", ""], "a name has"),
        (["create", "a\tb"], "a name has"),
        (["create", "a", "--sessions", "0"], "'0' is not a whole number"),
        (["create", "a", "--sessions", "1.5"], "'1.5' is not a whole number"),
        (["create", "a", "--tokens-per-day", "-3"], "is not a whole number"),
        (["create", "a", "--minutes", "0"], "'0' is not a number greater than 0"),
        (["create", "a", "--minutes", "inf"], "'inf' is not a number"),
        (["create", "a", "--audio-seconds-per-day", "many"], "'many' is not a number"),
        (["create", "a", "--model", " "], "not empty"),
        (["create", "a", "--lock", "voice"], "no field 'voice'"),
        (["revoke"], "ID|PREFIX"),
        ([], "VERB"),
    ],
)
def test_what_makes_no_sense_is_told(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        understood(*words)
    assert said in capsys.readouterr().err
