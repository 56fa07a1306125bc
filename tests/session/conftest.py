"""A stage for the sessions of these tests, whose referee has the last word."""

from collections.abc import Iterator

import pytest

from stage import Stage


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Left alone, the session comes to rest, and no rule of the wire was broken."""
    made = Stage()
    yield made
    made.settle()
    assert made.end() == []
