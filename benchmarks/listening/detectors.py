"""Who can tell whether a speaker who has paused is done: the engines of the role `turn`."""

import asyncio
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from repartee.engines import registry
from repartee.engines.protocols import EngineError
from repartee.session.commands import Judge
from repartee.session.inputs import Judged
from repartee.speech.verdict import judge

# Given what was said lately (24 kHz mono s16) and its words: how probably it is over.
TurnDetector = Callable[[bytes, str], float]

NAMES = ("prosody", "smart-turn")


@contextmanager
def detector(name: str) -> Iterator[TurnDetector | None]:
    """The engine of this name, opened; None, and why, where it cannot be had."""
    with asyncio.Runner() as runner:
        try:
            engine: Any = registry.make("turn", name)
            if hasattr(engine, "open"):
                runner.run(engine.open())
        except (registry.UnusableEngine, EngineError) as error:
            sys.stdout.write(f"without {name}: {error}\n")
            yield None
            return
        yield lambda pcm, text: runner.run(_finished(engine, pcm, text))
        if hasattr(engine, "close"):
            runner.run(engine.close())


async def _finished(engine: Any, pcm: bytes, text: str) -> float:
    """As a driver asks it."""
    told: list[float] = []

    async def tell(judged: Judged) -> None:
        told.append(judged.finished)

    await judge(Judge("pause", pcm, text), engine, tell)
    return told[0]
