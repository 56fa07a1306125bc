"""The report: verdicts, the table, JSON and JUnit."""

from typing import Any
from xml.etree import ElementTree

import pytest

from repartee.conformance.play.case import Case
from repartee.conformance.play.frames import Frame
from repartee.conformance.play.player import Problem, Result
from repartee.conformance.play.report import Report, as_json, as_junit, table
from repartee.conformance.play.stage import Stage


async def never(stage: Stage) -> None:
    raise AssertionError("not played here")


def result(name: str, *behaviours: str, problems: tuple[Problem, ...] = ()) -> Result:
    return Result(Case(name, f"It is {name}.", behaviours, "ga", never), problems, 0.25)


OWN = Problem(("B053",), "It is not.", (Frame("server", {"type": "error"}),))
RULED = Problem(("B114",), "It does not add up.", (), "sums")


@pytest.fixture
def report() -> Report:
    results = [
        result("good", "B001", "B114"),
        result("bad", "B053", "B054", problems=(OWN, RULED)),
    ]
    return Report("http://h/v1", results, {"B145": "WebRTC is not judged"}, 1.5)


def test_a_behaviour_fails_with_anything_that_speaks_against_it(report: Report) -> None:
    assert report.failed
    assert report.verdicts == {
        "B001": "pass",
        "B053": "fail",
        "B054": "pass",
        "B114": "fail",
        "B145": "not applicable",
    }
    assert list(report.verdicts) == sorted(report.verdicts)


def test_without_problems_nothing_fails(report: Report) -> None:
    assert not report._replace(results=report.results[:1]).failed


def test_the_table_counts_by_area_and_shows_failures(report: Report) -> None:
    lines = table(report).splitlines()
    rows = [line.split() for line in lines[:7]]
    assert rows[0] == ["area", "pass", "fail", "not", "applicable"]
    assert rows[1:6] == [
        ["connect", "1", "-", "-"],
        ["input", "audio", "1", "1", "-"],
        ["response", "-", "1", "-"],
        ["webrtc", "-", "-", "1"],
        ["all", "2", "2", "1"],
    ]
    assert lines[7:] == [
        "FAIL bad (B053 B054)",
        "  It is bad.",
        "  - It is not.",
        '      ← {"type":"error"}',
        "  - It does not add up. (sums B114)",
        "",
        "http://h/v1: 2 cases in 1.5 s, 1 failed",
    ]


def test_a_ruling_that_decides_is_told() -> None:
    problem = Problem(("B103",), "It is not cut.", ())
    report = Report("http://h/v1", [result("cut", "B103", problems=(problem,))], {}, 1)
    (line,) = [line for line in table(report).splitlines() if "ruling" in line]
    assert line.startswith("  ruling: `audio_end_ms` past the end: an error without event_id")
    (told,) = as_json(report)["cases"]
    assert told["rulings"] == [line.removeprefix("  ruling: ")]


def test_json_holds_everything(report: Report) -> None:
    told: dict[str, Any] = as_json(report)
    assert told["failed"] is True
    assert told["behaviours"][-1] == {
        "id": "B145",
        "area": "webrtc",
        "verdict": "not applicable",
        "reason": "WebRTC is not judged",
    }
    good, bad = told["cases"]
    assert (good["name"], good["verdict"], good["problems"]) == ("good", "pass", [])
    assert bad["verdict"] == "fail"
    assert bad["problems"][0] == {
        "sentence": "It is not.",
        "behaviours": ("B053",),
        "rule": None,
        "frames": ['← {"type":"error"}'],
    }


def test_junit_counts_and_tells(report: Report) -> None:
    suite = ElementTree.fromstring(as_junit(report))
    assert suite.attrib["tests"] == "3"
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("1", "1")
    good, bad, left_out = suite.findall("testcase")
    assert (good.attrib["classname"], good.attrib["name"]) == ("connect", "good (B001 B114)")
    failure = bad.find("failure")
    assert failure is not None
    assert failure.attrib["message"] == "It is not."
    assert "It does not add up. (sums B114)" in str(failure.text)
    skipped = left_out.find("skipped")
    assert skipped is not None
    assert skipped.attrib["message"] == "WebRTC is not judged"
