"""The edges of speech."""

import pytest

from repartee.session.gate import Gate


def judged(threshold: float, *probabilities: float) -> list[bool]:
    gate = Gate()
    return [gate.judge(one, threshold) for one in probabilities]


@pytest.mark.parametrize(
    ("threshold", "probabilities", "speech"),
    [
        pytest.param(0.5, (0.49, 0.5, 0.9), [False, True, True], id="opens at the threshold"),
        pytest.param(0.5, (0.5, 0.36, 0.34), [True, True, False], id="shuts 0.15 below it"),
        pytest.param(0.5, (0.5, 0.2, 0.4), [True, False, False], id="shut, it needs the threshold"),
        pytest.param(0.1, (0.1, 0.02, 0.0), [True, True, False], id="silence shuts it at any"),
        pytest.param(1.0, (0.99, 1.0, 0.86), [False, True, True], id="certainty opens it"),
    ],
)
def test_hysteresis(threshold: float, probabilities: tuple[float, ...], speech: list[bool]) -> None:
    assert judged(threshold, *probabilities) == speech


def test_at_threshold_zero_everything_is_speech() -> None:
    assert judged(0.0, 0.0, 0.0, 0.0) == [True, True, True]


def test_it_says_whether_it_is_open() -> None:
    gate = Gate()
    assert not gate.open
    gate.judge(0.9, 0.5)
    assert gate.open
