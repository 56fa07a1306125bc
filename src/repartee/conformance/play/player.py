"""Plays cases against a server, several at once, and tells how each went."""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from repartee.conformance.play.case import Case
from repartee.conformance.play.client import Client, Objection
from repartee.conformance.play.frames import Frame
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Place, Refused, Unreachable, connect

_AT_ONCE = 4  # connections are cheap, but a small server must not run out of breath


class Problem(NamedTuple):
    """What went wrong: which behaviours are broken, one sentence, and the frames that show it.

    `rule` is the referee's, None where the case itself objects.
    """

    behaviours: tuple[str, ...]
    sentence: str
    frames: tuple[Frame, ...]
    rule: str | None = None


class Result(NamedTuple):
    """How one case went; without problems it passed."""

    case: Case
    problems: tuple[Problem, ...]
    seconds: float


async def play(
    cases: Sequence[Case],
    place: Place,
    patience_s: float,
    told: Callable[[Result], None] = lambda result: None,
) -> list[Result]:
    """Play all cases, each on connections of its own; `told` hears of each as it ends.

    Raises Unreachable if there is no server.
    """
    await _knock(place)
    room = asyncio.Semaphore(_AT_ONCE)

    async def play_in_turn(case: Case) -> Result:
        async with room:
            result = await play_one(case, place, patience_s)
        told(result)
        return result

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(play_in_turn(case)) for case in cases]
    return [task.result() for task in tasks]


async def _knock(place: Place) -> None:
    try:
        wire = await connect(place, lambda message: None, query={"model": place.model}, headers={})
    except Refused:
        return  # somebody is there; the cases will say what is wrong
    await wire.close()


async def play_one(case: Case, place: Place, patience_s: float) -> Result:
    """Play one case."""
    began = time.monotonic()
    stage = Stage(place, case.dialect, patience_s)
    problems: list[Problem] = []
    try:
        await case.play(stage)
        for client in stage.clients:
            await client.settle()
            client.finish()
    except Objection as objection:
        problems.append(Problem(case.behaviours, objection.sentence, tuple(objection.frames)))
    except (Refused, Unreachable) as error:
        problems.append(Problem(case.behaviours, str(error), ()))
    except Exception as error:
        # A frame lacks what the case reads in it.  No case may end the play of all others.
        sentence = f"what the server sent cannot be read: {type(error).__name__} {error}"
        problems.append(Problem(case.behaviours, sentence, _last_frames(stage)))
    finally:
        await stage.close()
    for client in stage.clients:
        problems += _noticed(case, client)
    return Result(case, tuple(problems), time.monotonic() - began)


def _last_frames(stage: Stage) -> tuple[Frame, ...]:
    return tuple(stage.clients[-1].frames[-4:]) if stage.clients else ()


def _noticed(case: Case, client: Client) -> Iterator[Problem]:
    """What nobody has asked about, and is wrong all the same; each rule is told once."""
    for problem in client.foreign[:1]:
        yield Problem(("B003",), f"the server sends {problem}", ())
    rules = {violation.rule: (violation, frames) for violation, frames in client.violations[::-1]}
    for violation, frames in reversed(rules.values()):
        both = set(violation.behaviours) & set(case.behaviours)  # a rule may be about many
        behaviours = tuple(sorted(both)) or violation.behaviours or case.behaviours
        yield Problem(behaviours, violation.message, tuple(frames), violation.rule)


def chosen(cases: Iterable[Case], fits: Callable[[Case], bool]) -> list[Case]:
    """The cases that fit, in the order of their numbers."""
    return sorted(filter(fits, cases), key=lambda case: case.behaviours)
