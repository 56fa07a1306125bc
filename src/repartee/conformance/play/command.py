"""`repartee conformance URL`: one run."""

import argparse
import asyncio
import os
import re
import sys
import time
from fnmatch import fnmatchcase

import msgspec

from repartee.conformance.behaviours import BEHAVIOURS, area_of
from repartee.conformance.cases import every_case
from repartee.conformance.not_applicable import NOT_APPLICABLE
from repartee.conformance.play.arguments import DIALECTS
from repartee.conformance.play.case import Case
from repartee.conformance.play.player import Result, chosen, play
from repartee.conformance.play.report import Report, as_json, as_junit, table
from repartee.transports.client import Place

# Characters that XML 1.0 cannot hold, not even escaped.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def run(given: argparse.Namespace) -> int:
    """Judge the server; the answer is 0 only where nothing fails.  Raises Unreachable."""
    place = Place(
        given.url,
        given.model,
        given.api_key or os.environ.get("REPARTEE_API_KEY"),
        given.ca,
        given.insecure,
    )
    cases = chosen(every_case(), lambda case: _is_asked(case, given))
    if not cases:
        sys.stderr.write("repartee: no case is about that\n")
        return 2
    began = time.monotonic()
    results = asyncio.run(play(cases, place, given.timeout, _tell))
    reasons = {each: NOT_APPLICABLE[each] for each in BEHAVIOURS if _is_left_out(each, given)}
    report = Report(given.url, results, reasons, time.monotonic() - began)
    sys.stdout.write(f"\n{table(report)}\n")
    try:
        _write(report, given)
    except OSError as error:
        sys.stderr.write(f"repartee: the report cannot be written: {error}\n")
        return 2
    return 1 if report.failed else 0


def _is_asked(case: Case, given: argparse.Namespace) -> bool:
    asked = DIALECTS if given.dialect == "all" else (given.dialect,)
    if case.dialect not in asked:
        return False
    if given.area is not None and given.area not in case.areas:
        return False
    return given.only is None or any(_is_named(each, given.only) for each in _names(case))


def _names(case: Case) -> tuple[str, ...]:
    return (*case.behaviours, case.name)


def _is_named(name: str, patterns: str) -> bool:
    return any(fnmatchcase(name, pattern.strip()) for pattern in patterns.split(","))


def _is_left_out(behaviour: str, given: argparse.Namespace) -> bool:
    if behaviour not in NOT_APPLICABLE or given.area not in (None, area_of(behaviour)):
        return False
    return given.only is None or _is_named(behaviour, given.only)


def _tell(result: Result) -> None:
    """One line a case, as it ends."""
    word = "FAIL" if result.problems else "pass"
    numbers = " ".join(result.case.behaviours)
    sys.stdout.write(f"{word}  {result.case.name}  {numbers}  {result.seconds:.2f} s\n")
    sys.stdout.flush()


def _write(report: Report, given: argparse.Namespace) -> None:
    if given.json is not None:
        given.json.write_bytes(msgspec.json.format(msgspec.json.encode(as_json(report))) + b"\n")
    if given.junit is not None:
        given.junit.write_text(_UNPRINTABLE.sub("\ufffd", as_junit(report)), encoding="utf-8")
