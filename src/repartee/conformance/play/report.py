"""What the judge has found: by behaviour, as a table, as JSON, and as JUnit's XML."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree

from repartee.conformance.behaviours import AREAS, area_of
from repartee.conformance.play.player import Problem, Result
from repartee.conformance.rulings import RULINGS, Ruling

Verdict = Literal["pass", "fail", "not applicable"]

_VERDICTS: tuple[Verdict, ...] = ("pass", "fail", "not applicable")


class Report(NamedTuple):
    """All results of one run, and why the behaviours that were not judged were not."""

    url: str
    results: Sequence[Result]
    not_applicable: Mapping[str, str]
    seconds: float

    @property
    def failed(self) -> bool:
        """Whether anything is wrong."""
        return any(result.problems for result in self.results)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict on each behaviour, in order.

        One fails as soon as anything in any case speaks against it.
        """
        found: dict[str, Verdict] = dict.fromkeys(self.not_applicable, "not applicable")
        for result in self.results:
            found.update(dict.fromkeys(result.case.behaviours, "pass"))
        for result in self.results:
            for problem in result.problems:
                found.update(dict.fromkeys(problem.behaviours, "fail"))
        return dict(sorted(found.items()))


def table(report: Report) -> str:
    """The verdicts by area; below, each failure with what shows it."""
    verdicts = report.verdicts
    rows = [("area", *_VERDICTS)]
    for area in AREAS:
        of_area = [verdict for each, verdict in verdicts.items() if area_of(each) == area]
        if of_area:
            rows.append((area, *(str(of_area.count(each) or "-") for each in _VERDICTS)))
    every = list(verdicts.values())
    rows.append(("all", *(str(every.count(each)) for each in _VERDICTS)))
    lines = [f"{row[0]:<16}" + "".join(f"{cell:>16}" for cell in row[1:]) for row in rows]
    return "\n".join([*lines, *_failures(report), "", _summary(report)])


def _failures(report: Report) -> Iterator[str]:
    for result in report.results:
        if not result.problems:
            continue
        yield f"\nFAIL {result.case.name} ({' '.join(result.case.behaviours)})"
        yield f"  {result.case.says}"
        yield from (f"  ruling: {each.question}: {each.answer}" for each in _rulings(result))
        for problem in result.problems:
            yield f"  - {_told(problem)}"
            yield from (f"      {frame}" for frame in problem.frames)


def _rulings(result: Result) -> Iterator[Ruling]:
    """What was decided about the behaviours that fail, where the sources are silent."""
    broken = {behaviour for problem in result.problems for behaviour in problem.behaviours}
    return (each for each in RULINGS if broken & {*each.behaviours})


def _told(problem: Problem) -> str:
    if problem.rule is None:
        return problem.sentence
    return f"{problem.sentence} ({' '.join((problem.rule, *problem.behaviours))})"


def _summary(report: Report) -> str:
    failed = sum(bool(result.problems) for result in report.results)
    word = "case" if len(report.results) == 1 else "cases"
    return (
        f"{report.url}: {len(report.results)} {word} in {report.seconds:.1f} s, "
        f"{failed or 'none'} failed"
    )


def as_json(report: Report) -> dict[str, Any]:
    """The report for programs."""
    return {
        "url": report.url,
        "seconds": round(report.seconds, 3),
        "failed": report.failed,
        "behaviours": [
            {
                "id": each,
                "area": area_of(each),
                "verdict": verdict,
                **({"reason": report.not_applicable[each]} if verdict == "not applicable" else {}),
            }
            for each, verdict in report.verdicts.items()
        ],
        "cases": [_case_as_json(result) for result in report.results],
    }


def _case_as_json(result: Result) -> dict[str, Any]:
    return {
        "name": result.case.name,
        "says": result.case.says,
        "dialect": result.case.dialect,
        "behaviours": result.case.behaviours,
        "verdict": "fail" if result.problems else "pass",
        "seconds": round(result.seconds, 3),
        "rulings": [f"{each.question}: {each.answer}" for each in _rulings(result)],
        "problems": [
            {
                "sentence": problem.sentence,
                "behaviours": problem.behaviours,
                "rule": problem.rule,
                "frames": [str(frame) for frame in problem.frames],
            }
            for problem in result.problems
        ],
    }


def as_junit(report: Report) -> str:
    """The report as continuous integration reads it: a test per case, and per one not judged."""
    failed = sum(bool(result.problems) for result in report.results)
    suite = ElementTree.Element(
        "testsuite",
        name="repartee conformance",
        tests=str(len(report.results) + len(report.not_applicable)),
        failures=str(failed),
        skipped=str(len(report.not_applicable)),
        time=f"{report.seconds:.3f}",
    )
    for result in report.results:
        suite.append(_as_test(result))
    for behaviour, reason in report.not_applicable.items():
        test = ElementTree.SubElement(
            suite, "testcase", name=behaviour, classname=area_of(behaviour), time="0"
        )
        ElementTree.SubElement(test, "skipped", message=reason)
    ElementTree.indent(suite)
    return ElementTree.tostring(suite, encoding="unicode", xml_declaration=True)


def _as_test(result: Result) -> ElementTree.Element:
    test = ElementTree.Element(
        "testcase",
        name=f"{result.case.name} ({' '.join(result.case.behaviours)})",
        classname=result.case.areas[0],
        time=f"{result.seconds:.3f}",
    )
    if result.problems:
        failure = ElementTree.SubElement(test, "failure", message=_told(result.problems[0]))
        failure.text = "\n".join(
            line
            for problem in result.problems
            for line in (_told(problem), *(f"  {frame}" for frame in problem.frames))
        )
    return test
