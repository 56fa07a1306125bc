"""A report as a page."""

import re

import msgspec

from bench.made import reported
from bench.test_report import turn
from repartee.bench.capacity import Capacity, Step
from repartee.bench.page import page


def test_it_stands_alone_and_is_small() -> None:
    told = page(reported(turn(), turn(2, began=8.0)))
    assert "<script" not in told
    assert not re.search(r"(src|href|url\()", told)
    assert "prefers-color-scheme: dark" in told
    assert len(told) < 20_000


def test_it_shows_figures_and_plots() -> None:
    told = page(reported(turn(), turn(2, began=8.0)))
    assert told.count("<svg") == 3
    assert "2 said, 2 answered, 0 lost" in told
    assert ">all well<" in told


def test_where_nothing_was_said_only_lateness_is_plotted() -> None:
    told = page(reported())
    assert told.count("<svg") == 1
    assert "not one turn was said" in told


def test_what_a_server_says_is_text() -> None:
    report = msgspec.structs.replace(reported(turn()), errors={"<b>": 1}, url="http://<i>/v1")
    told = page(report)
    assert "&lt;b&gt;" in told
    assert "<b>" not in told
    assert "<i>" not in told


def test_a_search_shows_its_steps() -> None:
    steps = (Step(1, 9, 80.0, 2.0, ""), Step(2, 9, None, None, "1 of 9 turns were not answered"))
    report = reported(turn())
    told = page(report, Capacity(1, 20.0, steps, report))
    assert "served as well as one: 1<" in told
    assert "1 of 9 turns were not answered" in told
