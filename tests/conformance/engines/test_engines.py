"""Rules and judgements of engines, as they are shown to those who write them."""

import asyncio

import pytest

from repartee.conformance.engines import CHECKS, judge, problems, rule
from repartee.conformance.engines.checks import RuleBroken
from repartee.engines.fake import FakeModel
from repartee.engines.protocols import EngineError
from repartee.engines.registry import ROLES

EVERY = [check for role in ROLES for check in CHECKS[role]]


@pytest.mark.parametrize("check", EVERY, ids=lambda check: check.__name__)
def test_every_check_states_its_rule(check: object) -> None:
    sentence = rule(check)  # type: ignore[arg-type]
    assert sentence.endswith(".")
    assert len(sentence) <= 100


async def says(engine: object) -> None:
    """It says what it is told."""
    if isinstance(engine, Exception):
        raise engine
    if engine == "slow":
        await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("engine", "problem"),
    [
        ("good", ""),
        ("slow", "it took more than 0.01 s"),
        (RuleBroken("it sang"), "it sang"),
        (EngineError("no model: fetch one"), "it failed: no model: fetch one"),
        (ZeroDivisionError("oops"), "it raised ZeroDivisionError (oops), which is no EngineError"),
    ],
)
async def test_judgements(engine: object, problem: str) -> None:
    assert await judge(says, engine, patience_s=0.01) == problem


def test_a_rule_is_one_sentence() -> None:
    assert rule(says) == "It says what it is told."


async def test_problems_are_told_by_rule() -> None:
    assert await problems("mind", FakeModel()) == {}
    silent = await problems("mind", FakeModel(text=""))
    assert silent["A question is answered with text."] == "it said nothing"
