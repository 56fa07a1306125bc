"""Breaking good scenes, and asking the referee what is wrong with them."""

import copy
import json
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from conformance.traces import Event, Script, Side
from repartee.conformance.findings import Violation
from repartee.conformance.referee import Referee

Steps = list[tuple[Side, Event]]
Change = Callable[[Steps], None]


class Broken(NamedTuple):
    """A scene, what is done to it, and the one rule that this breaks."""

    rule: str
    scene: Callable[[], Script]
    changes: tuple[Change, ...]
    rulings: bool = True


def breaks(rule: str, scene: Callable[[], Script], *changes: Change, rulings: bool = True) -> Any:
    """One case for `parametrize`."""
    return pytest.param(Broken(rule, scene, changes, rulings), id=f"{rule}-{scene.__name__}")


def judge(steps: Steps, rulings: bool = True, dialect: str = "ga") -> list[Violation]:
    """Everything that the referee has to say about a stream."""
    referee = Referee(dialect, rulings)
    found: list[Violation] = []
    for side, event in steps:
        found += referee.client(event) if side == "client" else referee.server(event)
    return found + referee.finish()


def rules_broken(case: Broken) -> set[str]:
    """The rules that the changed scene breaks; the unchanged one must break none."""
    # By way of JSON, so that no two events share an object.
    script = case.scene()
    steps = [(side, json.loads(json.dumps(event))) for side, event in script.steps]
    if case.changes:
        assert not judge(steps, case.rulings, script.dialect)
    for change in case.changes:
        change(steps)
    return {violation.rule for violation in judge(steps, case.rulings, script.dialect)}


def place(steps: Steps, kind: str, nth: int = 0) -> int:
    """Where the nth event of a type stands; negative counts from the end."""
    places = [index for index, (_, event) in enumerate(steps) if event["type"] == kind]
    return places[nth]


def put(kind: str, path: str, value: Any, nth: int = 0) -> Change:
    """Sets a member, such as "response.output.0.status"; `...` removes it."""

    def change(steps: Steps) -> None:
        target: Any = steps[place(steps, kind, nth)][1]
        *way, last = [int(name) if name.isdigit() else name for name in path.split(".")]
        for name in way:
            target = target[name]
        if value is ...:
            del target[last]
        else:
            target[last] = value

    return change


def drop(kind: str, nth: int = 0) -> Change:
    """Leaves an event out."""
    return lambda steps: steps.__delitem__(place(steps, kind, nth))


def repeat(kind: str, nth: int = 0) -> Change:
    """Says an event twice, the second time under an id of its own."""

    def change(steps: Steps) -> None:
        index = place(steps, kind, nth)
        side, event = steps[index]
        steps.insert(index + 1, (side, {**copy.deepcopy(event), "event_id": "event_repeated"}))

    return change


def move(kind: str, nth: int, before: str, nth_before: int = 0) -> Change:
    """Says an event earlier or later: right before another one."""

    def change(steps: Steps) -> None:
        step = steps.pop(place(steps, kind, nth))
        steps.insert(place(steps, before, nth_before), step)

    return change


def add(kind: str, side: Side = "server", before: str = "", nth: int = 0, **fields: Any) -> Change:
    """Says one more event: before another one, or at the end."""

    def change(steps: Steps) -> None:
        index = place(steps, before, nth) if before else len(steps)
        steps.insert(index, (side, {"type": kind, "event_id": "event_added", **fields}))

    return change


def error(message: str, code: str | None = None, event_id: str | None = None) -> dict[str, Any]:
    """The body of an error event."""
    told = {"type": "invalid_request_error", "code": code, "message": message}
    return {**told, "param": None, "event_id": event_id}
