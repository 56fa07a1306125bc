"""What `repartee bench` understands."""

import argparse
from pathlib import Path

import pytest

from repartee.bench.arguments import add_arguments


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["http://h/v1", *words])


def test_without_more_one_session_talks_for_a_while() -> None:
    given = parsed()
    assert (given.sessions, given.chunk_ms, given.silence_ms, given.dialect) == (1, 20, 500, "ga")
    assert not given.find_capacity


def test_what_may_be_repeated() -> None:
    given = parsed("--wav", "a.wav", "--wav", "b.wav", "--pid", "7", "--pid", "8")
    assert (given.wav, given.pid) == ([Path("a.wav"), Path("b.wav")], [7, 8])


@pytest.mark.parametrize(
    "words",
    [
        ("--sessions", "0"),
        ("--sessions", "many"),
        ("--seconds", "inf"),
        ("--seconds", "nan"),
        ("--chunk-ms", "1"),
        ("--dialect", "alpha"),
    ],
)
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parsed(*words)
