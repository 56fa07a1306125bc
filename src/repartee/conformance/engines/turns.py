"""What every turn detector must do."""

import asyncio

from repartee.conformance.engines.checks import STOP_S, require, require_free_loop
from repartee.conformance.engines.ears import sound
from repartee.engines.protocols import TurnDetector

MANY = 8
TEXTS = (
    "",
    "Um, it is the",
    "My number is eight zero zero",
    "¿Dónde está? 東京です。 🐦\n",
    "word " * 500,
)


def turn(engine: TurnDetector, seconds: float = 2.0) -> bytes:
    """Something like speech, and the pause in which one is asked."""
    return sound(engine.rate, seconds) + bytes(2 * (engine.rate // 5))


async def judged(engine: TurnDetector, pcm: bytes, text: str = "") -> float:
    """What the engine says, which is a probability."""
    told = await engine.finished(pcm, text)
    require(isinstance(told, float), f"it said {told!r}, which is no float")
    require(0 <= told <= 1, f"it said {told}, which is no probability")  # nor is what is no number
    return told


async def states_its_rate(engine: TurnDetector) -> None:
    """The rate is a whole number of Hz that speech can be heard at."""
    require(isinstance(engine.rate, int), f"its rate is {engine.rate!r}")
    require(8_000 <= engine.rate <= 48_000, f"its rate is {engine.rate} Hz")


async def judges_turns_of_any_length(engine: TurnDetector) -> None:
    """Up to 8 s of sound give a probability."""
    for seconds in (0.1, 1.0, 7.8):
        await judged(engine, turn(engine, seconds))


async def takes_a_turn_without_speech(engine: TurnDetector) -> None:
    """Nothing, a sample, silence, and the loudest sound there can be give a probability."""
    for pcm in (b"", b"\1\0", bytes(2 * engine.rate), b"\xff\x7f\x00\x80" * engine.rate):
        await judged(engine, pcm)


async def takes_any_text(engine: TurnDetector) -> None:
    """Text of any length and script is taken, whether it is of use or not."""
    for text in TEXTS:
        await judged(engine, turn(engine), text)


async def says_the_same_of_the_same(engine: TurnDetector) -> None:
    """Eight turns at once are judged as each would be alone."""
    turns = [turn(engine, 0.25 * (1 + place)) for place in range(MANY)]
    together = await asyncio.gather(*(judged(engine, pcm) for pcm in turns))
    for pcm, company in zip(turns, together, strict=True):
        alone = await judged(engine, pcm)
        require(abs(alone - company) < 1e-3, f"alone it said {alone}, in company {company}")


async def ends_at_once_when_cancelled(engine: TurnDetector) -> None:
    """Cancelling who asks ends the asking, and the engine can be used again."""
    pcm = turn(engine, 7.8)
    asking = [asyncio.create_task(judged(engine, pcm)) for _ in range(MANY)]
    await asyncio.sleep(0)  # all have begun
    for task in asking:
        task.cancel()
    _, going_on = await asyncio.wait(asking, timeout=STOP_S)
    require(not going_on, f"it went on for more than {STOP_S:g} s after it was cancelled")
    await judged(engine, pcm)


async def leaves_the_loop_free(engine: TurnDetector) -> None:
    """The event loop is never held up while it judges."""
    pcm = turn(engine, 7.8)
    await require_free_loop(lambda: judged(engine, pcm, "and then"))


CHECKS = (
    states_its_rate,
    judges_turns_of_any_length,
    takes_a_turn_without_speech,
    takes_any_text,
    says_the_same_of_the_same,
    ends_at_once_when_cancelled,
    leaves_the_loop_free,
)
