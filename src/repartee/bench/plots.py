"""Plots as inline SVG: colours come from the page, so that they follow light and dark."""

from collections.abc import Iterator, Sequence
from math import ceil, floor, log10
from typing import NamedTuple

from msgspec import Struct

_WIDTH, _HEIGHT = 720, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 24, 12, 40
_TICKS = 6
_SMALLEST_SPAN = 1e-6


class Line(Struct, frozen=True):
    """A curve, or single points, in the page's colour number `colour`."""

    name: str
    points: Sequence[tuple[float, float]]
    colour: int
    dotted: bool = False


class _Scale(NamedTuple):
    """Where a value stands between two edges of the picture."""

    low: float
    high: float
    begin: float
    end: float

    def __call__(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return round(self.begin + share * (self.end - self.begin), 1)


def plot(lines: Sequence[Line], across: str, up: str) -> str:
    """A picture with axes named `across` and `up`; empty where there is nothing to see."""
    points = [point for line in lines for point in line.points]
    if not points:
        return ""
    horizontal = _scale([x for x, _ in points], _LEFT, _WIDTH - _RIGHT)
    vertical = _scale([y for _, y in points], _HEIGHT - _BOTTOM, _TOP)
    named = ", ".join(line.name for line in lines)
    return "".join(
        [
            f'<svg viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img" aria-label="{up}: {named}">',
            *_grid(horizontal, vertical),
            f'<text x="{(_LEFT + _WIDTH) // 2}" y="{_HEIGHT - 6}" class="axis">{across}</text>',
            f'<text x="12" y="{_HEIGHT // 2}" class="axis" '
            f'transform="rotate(-90 12 {_HEIGHT // 2})">{up}</text>',
            *(_drawn(line, horizontal, vertical) for line in lines),
            "</svg>",
        ]
    )


def ticks(low: float, high: float) -> list[float]:
    """Round numbers that span low to high: steps of 1, 2 or 5 times a power of ten."""
    span = high - low
    rough = (span if span > _SMALLEST_SPAN else 1.0) / _TICKS
    power = 10.0 ** floor(log10(rough))
    step = next(each * power for each in (1, 2, 5, 10) if each * power >= rough)
    first, last = floor(low / step), ceil(high / step)
    return [round(number * step, 9) for number in range(first, max(last, first + 1) + 1)]


def _scale(values: Sequence[float], begin: float, end: float) -> _Scale:
    marks = ticks(min(values), max(values))
    return _Scale(marks[0], marks[-1], begin, end)


def _grid(horizontal: _Scale, vertical: _Scale) -> Iterator[str]:
    for value in ticks(vertical.low, vertical.high):
        y = vertical(value)
        yield f'<path class="grid" d="M{_LEFT} {y}H{_WIDTH - _RIGHT}"/>'
        yield f'<text x="{_LEFT - 6}" y="{y + 4}" class="up">{value:g}</text>'
    for value in ticks(horizontal.low, horizontal.high):
        x = horizontal(value)
        yield f'<path class="grid" d="M{x} {_TOP}V{_HEIGHT - _BOTTOM}"/>'
        yield f'<text x="{x}" y="{_HEIGHT - _BOTTOM + 16}" class="across">{value:g}</text>'


def _drawn(line: Line, horizontal: _Scale, vertical: _Scale) -> str:
    places = [(horizontal(x), vertical(y)) for x, y in line.points]
    if line.dotted:
        dots = "".join(f'<circle cx="{x}" cy="{y}" r="2.5"/>' for x, y in places)
        return f'<g class="dots c{line.colour}">{dots}</g>'
    path = "L".join(f"{x} {y}" for x, y in places)
    return f'<path class="line c{line.colour}" d="M{path}"/>'
