"""Write docs/reference/compatibility.md from the judge's tables; with --check, compare only."""

import sys
from collections.abc import Iterator
from pathlib import Path

from repartee.conformance.behaviours import AREAS, BEHAVIOURS, area_of
from repartee.conformance.cases import every_case
from repartee.conformance.not_applicable import NOT_APPLICABLE
from repartee.conformance.play.case import Case
from repartee.conformance.rulings import LIMITED, RULINGS, UNSERVED, Ruling

PAGE = Path(__file__).parents[1] / "docs" / "reference" / "compatibility.md"

HEAD = """\
# Compatibility

<!-- Written by scripts/document_compatibility.py: change the code, then run `make docs`. -->

The OpenAI Realtime API is documented in prose, schemas and the code of its clients, which leave
some things open. What a server does is told here by numbered behaviours, B001 to B216.
`repartee conformance URL` plays a case for each that a WebSocket can show, against this server or
any other, in the GA and the beta shape, and in sessions that transcribe.

## Where the sources are silent or disagree

What holds here, and why. Where a behaviour has a number, the judge asserts what stands here.

"""

LIMITS = """\

## Taken, with limits

"""

REFUSED = """\

## Refused by name

These are answered by an error that names what is not served, and the session goes on.

"""

BEHAVIOUR_HEAD = """\

## The behaviours

`GA`, `beta` and so on tell in which kind of session a case shows the behaviour.
"""


def page() -> str:
    """The whole page."""
    parts = [HEAD, _table(RULINGS), LIMITS, _table(LIMITED), REFUSED, _table(UNSERVED)]
    return "".join([*parts, BEHAVIOUR_HEAD, *_areas()])


def _table(rulings: tuple[Ruling, ...]) -> str:
    rows = [
        f"| {one.question} | {one.answer} | {one.reason} | {' '.join(one.behaviours)} |\n"
        for one in rulings
    ]
    return "".join(["| question | here | because | about |\n|---|---|---|---|\n", *rows])


def _areas() -> Iterator[str]:
    shown: dict[str, list[Case]] = {}
    for case in every_case():
        for behaviour in case.behaviours:
            shown.setdefault(behaviour, []).append(case)
    for area in AREAS:
        yield f"\n### {area}\n\n| | |\n|---|---|\n"
        for behaviour in BEHAVIOURS:
            if area_of(behaviour) == area:
                yield f"| {behaviour} | {_row(behaviour, shown.get(behaviour, []))} |\n"


def _row(behaviour: str, cases: list[Case]) -> str:
    if cases:
        return "<br>".join(f"{case.dialect}: {case.says}" for case in cases)
    return f"not judged: {NOT_APPLICABLE[behaviour]}"


def main() -> int:
    """Write the page, or compare it; the exit status."""
    made = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(made, encoding="utf-8")
        return 0
    if PAGE.read_text(encoding="utf-8") == made:
        return 0
    sys.stderr.write(f"{PAGE.name} is out of date: run `make docs`\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
