"""What `repartee conformance` understands."""

import argparse
from pathlib import Path

import pytest

from repartee.conformance.play.arguments import add_arguments


def parsed(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(arguments)


def test_a_url_is_enough() -> None:
    given = parsed("http://h/v1")
    assert (given.url, given.api_key, given.model) == ("http://h/v1", None, "gpt-realtime")
    assert (given.dialect, given.only, given.area) == ("all", None, None)
    assert (given.timeout, given.json, given.junit, given.ca, given.insecure) == (
        15.0,
        None,
        None,
        None,
        False,
    )


def test_everything_can_be_said() -> None:
    given = parsed("http://h/v1", "--area", "vad", "--timeout", "2.5", "--json", "a", "--insecure")
    assert (given.area, given.timeout, given.json, given.insecure) == ("vad", 2.5, Path("a"), True)


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("http://h/v1", "--timeout", "0"),
        ("http://h/v1", "--timeout", "soon"),
        ("http://h/v1", "--area", "weather"),
        ("http://h/v1", "--dialect", "alpha"),
    ],
)
def test_nonsense_is_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as left:
        parsed(*arguments)
    assert left.value.code == 2
    assert "usage:" in capsys.readouterr().err
