"""The dashboard and the page about metrics name what is there, and nothing else."""

import json
import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from repartee.telemetry.exposition import families, processes
from repartee.telemetry.instruments import INSTRUMENTS, PREFIX, STAGE, Instrument
from repartee.telemetry.tally import Tally

DOCS = Path(__file__).parents[1] / "docs"
DASHBOARD = json.loads((DOCS / "grafana" / "repartee.json").read_text())
PAGE = (DOCS / "howto" / "metrics.md").read_text()
TARGET_LABELS = {"job", "instance"}  # which Prometheus adds
SUFFIXES = {"counter": ("_total",), "gauge": ("",), "histogram": ("_bucket", "_sum", "_count")}
ROWS = ["Sessions", "Latency", "Audio and tokens", "Errors and overload", "Engines", "Process"]

LABELS: dict[str, set[str]] = {
    PREFIX + each.name + suffix: {*each.labels, "le"}
    for each in INSTRUMENTS
    for suffix in SUFFIXES[each.kind]
}
LABELS.update(
    {sample.name: set() for family in processes([os.getpid()]) for sample in family.samples}
)


def panels() -> Iterator[dict[str, Any]]:
    yield from DASHBOARD["panels"]


def expressions() -> list[str]:
    found = [target["expr"] for panel in panels() for target in panel.get("targets", ())]
    shown = re.findall(r"expr: (.*)", PAGE)
    asked = [
        re.sub(r"label_values\((.*), \w+\)", r"\1", each["definition"])
        for each in DASHBOARD["templating"]["list"]
        if each["type"] == "query"
    ]
    return [*found, *shown, *asked]


@pytest.mark.parametrize("expression", dict.fromkeys(expressions()))
def test_every_expression_asks_for_what_there_is(expression: str) -> None:
    names = set(re.findall(r"\b(?:repartee|process)_\w+", expression))
    assert names
    known = TARGET_LABELS.union(*(LABELS[name] for name in names))
    matched = re.findall(r"(\w+)(?:=~|!=|=)\"", expression)
    grouped = re.findall(r"by \(([\w, ]+)\)", expression)
    assert {*matched, *(name for each in grouped for name in each.split(", "))} <= known


def test_the_dashboard_is_one_that_grafana_takes() -> None:
    assert DASHBOARD["schemaVersion"] >= 39
    assert [panel["title"] for panel in panels() if panel["type"] == "row"] == ROWS
    assert len({panel["id"] for panel in panels()}) == len([*panels()])
    variables = {each["name"] for each in DASHBOARD["templating"]["list"]}
    used = set(re.findall(r"\$\{?([a-z]\w*)", json.dumps(DASHBOARD)))
    assert used == variables
    for panel in panels():
        legends = [target["legendFormat"] for target in panel.get("targets", ())]
        assert len({*legends}) == len(legends)


def test_no_panel_lies_on_another() -> None:
    taken: set[tuple[int, int]] = set()
    for panel in panels():
        at = panel["gridPos"]
        assert at["x"] + at["w"] <= 24
        own = {
            (x, y)
            for x in range(at["x"], at["x"] + at["w"])
            for y in range(at["y"], at["y"] + at["h"])
        }
        assert not own & taken, panel["title"]
        taken |= own


@pytest.mark.parametrize("instrument", INSTRUMENTS, ids=lambda each: each.name)
def test_every_metric_is_documented_and_shown(instrument: Instrument) -> None:
    (line,) = (line for line in PAGE.splitlines() if f"| `{named(instrument)}`" in joined(line))
    assert {*re.findall(r"`(\w+)`", line.split("|")[2])} >= {*instrument.labels}
    assert any(PREFIX + instrument.name in each for each in expressions())


def named(instrument: Instrument) -> str:
    return instrument.name + ("_total" if instrument.kind == "counter" else "")


def joined(line: str) -> str:
    """A line of two metrics as if it were two."""
    return line.replace("`, `", "` | `")


def test_every_stage_is_documented() -> None:
    told = next(each for each in families(Tally()) if each.name == PREFIX + STAGE.name)
    for stage in ("vad", "asr", "llm_ttft", "tts_ttfb"):
        assert f"| `{stage}` |" in PAGE
        assert stage in told.documentation
