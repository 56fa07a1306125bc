"""Tables of plain text: a name, and figures in columns."""

import sys
from collections.abc import Sequence

import numpy as np

NAME, FIGURE = 26, 11  # characters


def head(name: str, *columns: str) -> None:
    """The first line; a column's unit belongs to its name."""
    row(name, *columns)


def row(name: str, *figures: float | str) -> None:
    """A line; a figure is written to the unit, NaN as a dash."""
    sys.stdout.write(f"{name:{NAME}}" + "".join(f"{_told(each):>{FIGURE}}" for each in figures))
    sys.stdout.write("\n")
    sys.stdout.flush()


def median(figures: Sequence[float]) -> float:
    return float(np.median(figures)) if figures else float("nan")


def percentile(figures: Sequence[float], share: float) -> float:
    """The figure that `share` per cent do not exceed."""
    return float(np.percentile(figures, share)) if figures else float("nan")


def _told(figure: float | str) -> str:
    if isinstance(figure, str):
        return figure
    return "-" if np.isnan(figure) else f"{figure:.0f}"
