"""A case: one thing that every Realtime server does, and the play that shows it."""

import inspect
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from repartee.conformance.behaviours import area_of
from repartee.conformance.play.stage import Stage

Play = Callable[[Stage], Awaitable[None]]

CASES: list["Case"] = []
"""Every case that has been declared, in the order of declaration."""


@dataclass(frozen=True)
class Case:
    """One case: what it shows in one sentence, which behaviours those are, and its play."""

    name: str
    says: str
    behaviours: tuple[str, ...]
    dialect: str
    play: Play

    @property
    def areas(self) -> tuple[str, ...]:
        """The areas of its behaviours, each once."""
        return tuple(dict.fromkeys(map(area_of, self.behaviours)))


def case(*behaviours: str, dialect: str = "ga") -> Callable[[Play], Play]:
    """Declare a case: its name is that of the function, its sentence the docstring.

    The function plays with a Stage; it ends with an Objection if the server did otherwise.
    """

    def declare(play: Play) -> Play:
        name: str = getattr(play, "__name__", "")
        says = " ".join((inspect.getdoc(play) or "").split())
        CASES.append(Case(name, says, behaviours, dialect, play))
        return play

    return declare
