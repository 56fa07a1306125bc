"""What the referee has to say about an event stream."""

from typing import NamedTuple

from repartee.conformance.rules import RULES


class Violation(NamedTuple):
    """A rule that the stream broke, and the event (counted from 0, both sides) that broke it."""

    rule: str
    behaviours: tuple[str, ...]
    message: str
    event_index: int


class Findings:
    """Collects violations; without `rulings` those of the house's own rulings are dropped."""

    def __init__(self, rulings: bool) -> None:
        self.rulings = rulings
        self.event_index = -1
        self._fresh: list[Violation] = []

    def note(self, rule: str, message: str) -> None:
        """Records that the present event breaks `rule`."""
        known = RULES[rule]
        if self.rulings or not known.ruling:
            self._fresh.append(Violation(rule, known.behaviours, message, self.event_index))

    def take(self) -> list[Violation]:
        """The violations noted since the last call."""
        fresh, self._fresh = self._fresh, []
        return fresh
