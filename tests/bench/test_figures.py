"""Percentiles."""

import random

from repartee.bench.figures import Figure


def test_percentiles_are_of_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 201)]
    random.Random(0).shuffle(values)
    figure = Figure.of(values)
    assert figure is not None
    assert (figure.count, figure.p50, figure.p95, figure.p99, figure.max) == (
        200,
        100,
        190,
        198,
        200,
    )
    assert (figure.curve[0], figure.curve[100]) == (1, 200)
    assert [*figure.curve[1:]] == [2.0 * percent for percent in range(1, 101)]


def test_of_few_values_the_99th_percentile_is_the_largest() -> None:
    figure = Figure.of([3.0, 1.0, 2.0])
    assert figure is not None
    assert (figure.p50, figure.p99, figure.max) == (2, 3, 3)


def test_of_nothing_there_is_no_figure() -> None:
    assert Figure.of([]) is None
    assert Figure.of([None]) is None


def test_what_is_not_there_does_not_count() -> None:
    assert Figure.of([None, 2.0, None, 1.0]) == Figure.of([1.0, 2.0])


def test_counts_say_the_same_as_values() -> None:
    values = [1.0] * 7 + [2.0] * 90 + [5.0] * 3
    assert Figure.of_counts([(1.0, 7), (2.0, 90), (5.0, 3)]) == Figure.of(values)
