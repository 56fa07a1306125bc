"""What a probability comes to in milliseconds of silence."""

import pytest

from repartee.session.pause import PAUSE_MS, Eagerness, usual_ms, wait_ms

LONGEST_MS: dict[Eagerness, int] = {"low": 8_000, "medium": 4_000, "auto": 4_000, "high": 2_000}


@pytest.mark.parametrize("eagerness", LONGEST_MS)
def test_the_wait_grows_with_the_doubt(eagerness: Eagerness) -> None:
    """B076"""
    waits = [wait_ms(eagerness, percent / 100) for percent in range(101)]
    assert waits == sorted(waits, reverse=True)
    assert waits[0] == LONGEST_MS[eagerness]
    assert waits[-1] == (350 if eagerness == "low" else PAUSE_MS)
    assert PAUSE_MS < usual_ms(eagerness) < LONGEST_MS[eagerness]


def test_the_eager_wait_least() -> None:
    for percent in range(100):
        low, medium, high = (wait_ms(each, percent / 100) for each in ("low", "medium", "high"))
        assert low > medium > high
    assert wait_ms("auto", 0.3) == wait_ms("medium", 0.3)
