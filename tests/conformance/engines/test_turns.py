"""Every rule for turn detectors catches one that breaks it."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from repartee.conformance.engines import Check, judge, turns
from repartee.engines.fake import FakeTurnDetector

Finished = Callable[[bytes, str], Awaitable[Any]]


class Broken(FakeTurnDetector):
    """One that judges as it is told to."""

    def __init__(self, finished: Finished) -> None:
        self._finished = finished

    async def finished(self, pcm: bytes, text: str) -> float:
        told: float = await self._finished(pcm, text)
        return told


async def whole(pcm: bytes, text: str) -> int:
    return 1


async def too_much(pcm: bytes, text: str) -> float:
    return 1.01


async def no_number(pcm: bytes, text: str) -> float:
    return float("nan")


async def particular(pcm: bytes, text: str) -> float:
    if not pcm or not text.isascii():
        raise ValueError("what is this?")
    return 0.5


class Confused:
    """Judges what came last, whoever asks."""

    def __init__(self) -> None:
        self._last = 0

    async def __call__(self, pcm: bytes, text: str) -> float:
        self._last = len(pcm)
        await asyncio.sleep(0)
        return self._last / 1_000_000


async def stubborn(pcm: bytes, text: str) -> float:
    try:
        await asyncio.sleep(0.01)
    except asyncio.CancelledError:
        await asyncio.sleep(5)
    return 0.5


async def blocking(pcm: bytes, text: str) -> float:
    end = time.thread_time() + 0.05
    while time.thread_time() < end:
        pass
    return 0.5


@pytest.mark.parametrize(
    ("check", "finished", "problem"),
    [
        (turns.judges_turns_of_any_length, whole, "it said 1, which is no float"),
        (turns.judges_turns_of_any_length, too_much, "it said 1.01, which is no probability"),
        (turns.takes_a_turn_without_speech, no_number, "it said nan, which is no probability"),
        (turns.takes_a_turn_without_speech, particular, "it raised ValueError"),
        (turns.takes_any_text, particular, "it raised ValueError"),
        (turns.says_the_same_of_the_same, Confused(), "in company"),
        (turns.ends_at_once_when_cancelled, stubborn, "after it was cancelled"),
        (turns.leaves_the_loop_free, blocking, "it held up the event loop"),
    ],
)
async def test_what_breaks_a_rule(check: Check, finished: Finished, problem: str) -> None:
    assert problem in await judge(check, Broken(finished))


@pytest.mark.parametrize("rate", [0, "16000", 96_000])
async def test_a_rate_that_is_none(rate: Any) -> None:
    engine = FakeTurnDetector()
    vars(engine)["rate"] = rate
    assert "its rate is" in await judge(turns.states_its_rate, engine)
