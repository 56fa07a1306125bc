"""Plots as SVG."""

from xml.etree import ElementTree

import pytest

from repartee.bench.plots import Line, plot, ticks


@pytest.mark.parametrize(
    ("low", "high", "found"),
    [
        (0, 100, [0, 20, 40, 60, 80, 100]),
        (63, 141, [60, 80, 100, 120, 140, 160]),
        (0.1, 0.6, [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]),
        (-3, 7, [-4, -2, 0, 2, 4, 6, 8]),
    ],
)
def test_axes_have_round_numbers(low: float, high: float, found: list[float]) -> None:
    assert ticks(low, high) == found


def test_a_single_value_has_an_axis() -> None:
    assert len(ticks(5, 5)) >= 2


def test_a_plot_is_well_formed_and_keeps_inside_its_frame() -> None:
    lines = [Line("a", [(0, 0), (50, 20), (100, 100)], 1), Line("b", [(3, 120)], 2, dotted=True)]
    drawn = ElementTree.fromstring(plot(lines, "ms", "%"))
    width, height = map(float, drawn.attrib["viewBox"].split()[2:])
    (dot,) = drawn.iter("circle")
    assert 0 < float(dot.attrib["cx"]) < width
    assert 0 < float(dot.attrib["cy"]) < height
    (curve,) = (path for path in drawn.iter("path") if path.attrib["class"] == "line c1")
    points = [tuple(map(float, at.split())) for at in curve.attrib["d"][1:].split("L")]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)


def test_of_nothing_there_is_no_plot() -> None:
    assert plot([Line("a", [], 0)], "ms", "%") == ""
