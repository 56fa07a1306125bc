"""The proof of a case: it passes on a good server, and catches one that breaks what it shows."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from conformance.cases.saboteur import Sabotage, sabotaging
from repartee.conformance.cases import every_case
from repartee.conformance.play.case import Case
from repartee.conformance.play.player import Problem, play_one
from repartee.transports.client import Place

KEY = "sk-the-right-one"

# What is planted for each case, by its name.  A sabotage counts what passes, so that it is made
# afresh for each play.
Planted = Mapping[str, Sequence[Callable[[], Sabotage]]]

_PATIENCE_S = 30
_IMPATIENCE_S = 1.0  # what a sabotage has taken away does not come later either


def cases_in(module: str) -> Sequence[Case]:
    """The cases that one module declares."""
    home = f"repartee.conformance.cases.{module}"
    return [case for case in every_case() if getattr(case.play, "__module__", "") == home]


async def proves(case: Case, url: str, planted: Planted, key: str | None = None) -> None:
    """The case passes on the server at a base URL, and catches all that is planted for it."""
    await passes(case, Place(url, key=key))
    assert planted[case.name], f"nothing is planted for {case.name}"
    place = Place(url, key=key)
    await asyncio.gather(*(catches(case, place, plant()) for plant in planted[case.name]))


async def passes(case: Case, place: Place) -> None:
    """The case has nothing to say against the server there."""
    result = await play_one(case, place, _PATIENCE_S)
    assert not result.problems, told(result.problems)


async def catches(case: Case, place: Place, sabotage: Sabotage) -> None:
    """The case itself objects to the server there with something broken in it."""
    async with sabotaging(place.url.removesuffix("/v1"), sabotage) as broken:
        result = await play_one(case, place._replace(url=broken), _IMPATIENCE_S)
    own = [problem for problem in result.problems if problem.rule is None]
    assert own, f"nothing but {told(result.problems)}"
    assert own[0].behaviours == case.behaviours


def told(problems: Sequence[Problem]) -> str:
    """Problems in words."""
    return "\n".join(
        line
        for each in problems
        for line in (f"{each.rule}: {each.sentence}", *map(str, each.frames))
    )
