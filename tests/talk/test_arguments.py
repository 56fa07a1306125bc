"""What `repartee talk` understands."""

import argparse
from pathlib import Path

import pytest

from repartee.talk.arguments import add_arguments


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(words)


def test_without_arguments_the_microphone_speaks_to_this_machine() -> None:
    given = parsed()
    assert (given.question, given.url, given.chunk_ms) == (None, "http://127.0.0.1:8000/v1", 40)


def test_a_file_and_where_its_answer_goes() -> None:
    given = parsed("a.wav", "-o", "b.wav", "--local")
    assert (given.question, given.output, given.local) == (Path("a.wav"), Path("b.wav"), True)


@pytest.mark.parametrize("words", [("--chunk-ms", "5"), ("--local", "--url", "http://h/v1")])
def test_what_cannot_be_meant_is_refused(words: tuple[str, ...]) -> None:
    with pytest.raises(SystemExit, match="2"):
        parsed(*words)
