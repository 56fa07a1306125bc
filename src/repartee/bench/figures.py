"""Percentiles, and the curve behind them."""

from collections.abc import Iterable
from math import ceil
from typing import Self

from msgspec import Struct

_POINTS = 100  # of the curve


class Figure(Struct, frozen=True):
    """A distribution: percentiles are of the nearest rank, so each is a value that was measured.

    `curve` holds the values at 0, 1, ... 100 %.
    """

    count: int
    p50: float
    p95: float
    p99: float
    max: float
    curve: tuple[float, ...]

    @classmethod
    def of(cls, values: Iterable[float | None]) -> Self | None:
        """Of those that are there; None where none is."""
        return cls.of_counts((value, 1) for value in sorted(v for v in values if v is not None))

    @classmethod
    def of_counts(cls, counts: Iterable[tuple[float, int]]) -> Self | None:
        """Of values, in rising order, that were seen so many times each."""
        values, ranks, total = [], [], 0
        for value, count in counts:
            total += count
            values.append(round(value, 3))
            ranks.append(total)
        if not values:
            return None
        curve = tuple(_at_ranks(values, ranks))
        return cls(total, curve[50], curve[95], curve[99], values[-1], curve)


def _at_ranks(values: list[float], ranks: list[int]) -> Iterable[float]:
    """The value at each per cent, in one walk."""
    place = 0
    for percent in range(_POINTS + 1):
        rank = max(1, ceil(percent * ranks[-1] / _POINTS))
        while ranks[place] < rank:
            place += 1
        yield values[place]
