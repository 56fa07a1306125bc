"""What every engine must do, one check a rule: for our tests and for those who write engines.

A check is given an engine that has been made and opened, and raises `RuleBroken` with a sentence
for its author; its docstring is the rule.  Nothing is judged that depends on how good an engine
is: any sound may be heard as any words.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from repartee.conformance.engines import cancellers, ears, minds, turns, vads, voices
from repartee.conformance.engines.checks import RuleBroken
from repartee.engines.protocols import EngineError
from repartee.engines.registry import Role

PATIENCE_S = 30.0  # for one check, on a busy machine

Check = Callable[[Any], Awaitable[None]]

CHECKS: dict[Role, tuple[Check, ...]] = {
    "echo": cancellers.CHECKS,
    "vad": vads.CHECKS,
    "turn": turns.CHECKS,
    "ears": ears.CHECKS,
    "mind": minds.CHECKS,
    "voice": voices.CHECKS,
}


def rule(check: Check) -> str:
    """The rule that a check stands for, in one sentence."""
    return " ".join((check.__doc__ or "").split())


async def judge(check: Check, engine: Any, patience_s: float = PATIENCE_S) -> str:
    """What is wrong with `engine` by one check, or nothing."""
    try:
        async with asyncio.timeout(patience_s):
            await check(engine)
    except RuleBroken as broken:
        return str(broken)
    except TimeoutError:
        return f"it took more than {patience_s:g} s"
    except EngineError as error:
        return f"it failed: {error}"
    except Exception as error:  # whatever an engine raises is for its author to see
        return f"it raised {type(error).__name__} ({error}), which is no EngineError"
    return ""


async def problems(role: Role, engine: Any) -> dict[str, str]:
    """The rules that `engine` breaks, each with what it did."""
    found = {rule(check): await judge(check, engine) for check in CHECKS[role]}
    return {kept: problem for kept, problem in found.items() if problem}
