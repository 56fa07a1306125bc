"""The table's rows."""

import sys
from collections.abc import Sequence

import numpy as np
from msgspec import Struct

HEAD = (
    "engine",
    "load s",
    "RSS MB",
    "CPU ms",
    "first ms",
    "p95",
    "cancel ms",
    "p95",
    "CPU before",
    "after",
    "at once",
)


class Row(Struct):
    """What was measured of an engine; None is what it has not."""

    name: str
    load_s: float
    rss_mb: float
    cpu_ms: float  # of `unit`
    unit: str  # "s" of sound, "reply", "judgement"
    first_ms: float
    first_p95_ms: float
    cancel_ms: float | None = None
    cancel_p95_ms: float | None = None
    before_ms: float | None = None  # CPU in 300 ms while it works
    after_ms: float | None = None  # and in those after a cancel
    at_once: int = 0
    bounded: bool = False  # whether more were too many

    def cells(self) -> tuple[str, ...]:
        figures = (self.cancel_ms, self.cancel_p95_ms, self.before_ms, self.after_ms)
        return (
            self.name,
            f"{self.load_s:.2g}",
            f"{self.rss_mb:.0f}",
            f"{_short(self.cpu_ms)}{'' if self.unit == 's' else f' a {self.unit}'}",
            *map(_short, (self.first_ms, self.first_p95_ms, *figures)),
            f"{self.at_once}{'' if self.bounded else '+'}",
        )


def percentiles(values: Sequence[float]) -> tuple[float, float]:
    """The median, and what 95 of a hundred stay within."""
    median, worst = np.percentile(values, (50, 95))
    return float(median), float(worst)


def line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _short(figure: float | None) -> str:
    if figure is None:
        return "-"
    return f"{figure:.1f}" if figure < 10 else f"{figure:.0f}"


def figures(name: str, **told: float) -> None:
    """A line of a table that has columns of its own."""
    text = "  ".join(f"{figure} {value:.4g}" for figure, value in told.items())
    sys.stdout.write(f"{name:34}{text}\n")
    sys.stdout.flush()
