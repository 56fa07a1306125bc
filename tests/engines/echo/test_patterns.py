"""Every text written for a pattern is one that Python's own engine finds the pattern in."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.engines.echo.patterns import matches

PATTERNS = [
    "",
    "^[A-Z]{3}-\\d{4}$",
    "^\\+?[1-9]\\d{1,14}$",
    "^(?:[01]\\d|2[0-3]):[0-5]\\d$",
    "^[^@\\s]+@[^@\\s]+\\.[a-z]{2,}$",
    "^(red|green|blue)$",
    "^#(?:[0-9a-fA-F]{3}){1,2}$",
    "^[a-z0-9]+(?:-[a-z0-9]+)*$",
    "^[\\w.-]+\\.(?P<kind>pdf|docx)$",
    "^.{5,10}?$",
    "[]a]b[^]]",
    "[^a-zA-Z0-9 ]",
    "[\\d-]+x*",
    "[+\\-]{2,}\\t\\.",
    "^\\S+\\s\\W\\D$",
    "^a|b$",
    "^[a-c\\]]$",
    "a{,3}",
]


@pytest.mark.parametrize("pattern", PATTERNS)
def test_what_is_written_matches(pattern: str) -> None:
    written = list(matches(pattern, 5))
    assert written
    for text in written:
        assert re.search(pattern, text), text


def test_it_grows_to_the_length_that_is_wanted() -> None:
    assert max(map(len, matches("^[a-z]+$", 12))) == 12


@pytest.mark.parametrize(
    "pattern", ["(?=a)b", "(a)\\1", "\\p{L}", "a)", "(a", "[a", "*", "a\\", "(?i)a"]
)
def test_what_is_not_understood_gives_nothing(pattern: str) -> None:
    assert list(matches(pattern)) == []


@pytest.mark.parametrize("pattern", ["(a*)*$", "((((a{99}){99}){99}){99})", "(" * 2000, "a" * 5000])
def test_hostile_patterns_cost_little(pattern: str) -> None:
    before = time.process_time()
    assert all(len(text) <= 2048 for text in matches(pattern, 2048))
    assert time.process_time() - before < 0.5


@given(st.text("ab()[]{}|*+?\\^$.-,d1w", max_size=12))
def test_whatever_is_written_matches(pattern: str) -> None:
    written = list(matches(pattern, 3))
    try:
        compiled = re.compile(pattern)
    except (re.error, FutureWarning):
        return  # what Python refuses, JSON Schema's dialect may still allow
    for text in written:
        assert compiled.search(text), (pattern, text)
