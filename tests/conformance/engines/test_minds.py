"""Every rule for language models catches one that breaks it."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from repartee.conformance.engines import Check, judge, minds
from repartee.engines.fake import FakeModel
from repartee.engines.protocols import (
    EngineError,
    Result,
    Speech,
    Stopped,
    Text,
    ToolCall,
    Usage,
)
from repartee.protocol.prompt import CallOutput, Message, Prompt

CALL = ToolCall("0", "get_weather", "{}")


class Mind:
    """Gives the same answer to everything."""

    def __init__(self, *results: Result) -> None:
        self._results = results

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Result, None]:
        for result in self._results:
            await asyncio.sleep(0)
            yield result


class Speaker(Mind):
    """Says that it speaks."""

    speaks = True

    def __init__(self, *results: Result, rate: int = 8_000) -> None:
        super().__init__(*results)
        self.rate = rate


class Deaf(FakeModel):
    """Says that it hears, and does not."""

    hears = True

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        if any(isinstance(line, Message) and line.sounds for line in prompt.lines):
            raise EngineError("it cannot read that")
        async for result in super().reply(prompt):
            yield result


class Troubled(FakeModel):
    """A good model, but for one trouble."""

    def __init__(self, trouble: str) -> None:
        super().__init__()
        self._trouble = trouble
        self._asked = 0

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Any, None]:
        self._asked += 1
        try:
            await self._be_troubled(prompt)
            async for result in super().reply(prompt):
                yield result
        except asyncio.CancelledError:
            if self._trouble != "swallows cancellation":
                raise
        finally:
            self._asked -= 1
            if self._trouble == "stops slowly":
                await asyncio.sleep(0.7)

    async def _be_troubled(self, prompt: Prompt) -> None:
        await asyncio.sleep(0.01)
        match self._trouble:
            case "wants a conversation" if not prompt.lines:
                raise IndexError("list index out of range")
            case "wants calls for outputs" if any(
                isinstance(line, CallOutput) and line.call_id == "call_0" for line in prompt.lines
            ):
                raise EngineError("no such call")
            case "serves one" if self._asked > 1:
                self._text = " "
            case "blocks":
                begun = time.thread_time()
                while time.thread_time() - begun < 0.03:
                    pass


@pytest.mark.parametrize(
    ("check", "engine", "problem"),
    [
        (minds.answers, Mind(), "it said nothing"),
        (minds.answers, Mind(Text(" ")), "it said nothing"),
        (minds.answers, Mind(CALL, Text("Hi.")), "it gave, in this order, ToolCall, Text"),
        (minds.answers, Mind(Usage(1, 1), Text("Hi.")), "it gave, in this order, Usage, Text"),
        (minds.answers, Mind(Text("Hi."), Usage(1, 1), Usage(1, 1)), "more than once"),
        (minds.answers_any_script, Troubled("wants a conversation"), "it raised IndexError"),
        (minds.reads_whole_conversations, Troubled("wants calls for outputs"), "no such call"),
        (minds.takes_sound_if_it_hears, Deaf(), "it cannot read that"),
        (minds.speaks_if_it_says_so, Speaker(Text("Hi.")), "it gave no sound"),
        (minds.speaks_if_it_says_so, Speaker(Speech(b"\0\0")), "sound without its words"),
        (minds.speaks_if_it_says_so, Speaker(Speech(b"\0", "Hi.")), "half a sample"),
        (minds.speaks_if_it_says_so, Speaker(Speech(b"\0\0", "Hi.")), "although text was wanted"),
        (minds.speaks_if_it_says_so, Speaker(rate=0), "it states a rate of 0"),
        (minds.calls_when_it_must, Mind(Text("Hi.")), "it called nothing"),
        (minds.calls_when_it_must, Mind(ToolCall("0", "dance", "{}")), "it called dance"),
        (minds.calls_when_it_must, Mind(ToolCall("0", "hang_up", "[]")), "which is no JSON object"),
        (minds.calls_when_it_must, Mind(ToolCall("0", "hang_up", "{")), "which is no JSON object"),
        (minds.calls_when_it_must, Mind(ToolCall("0", "", "{}")), "has no name"),
        (
            minds.calls_when_it_must,
            Mind(CALL, ToolCall("0", "hang_up", "")),
            "a call to get_weather went on as hang_up",
        ),
        (minds.calls_what_it_must, Mind(CALL), "it called get_weather"),
        (minds.calls_nothing_when_told, Mind(CALL), "it called get_weather"),
        (minds.heeds_its_limit, Mind(Text("x" * 101)), "two tokens gave 101 characters"),
        (minds.heeds_its_limit, Mind(Text("x"), Stopped("tired")), "it stopped because of tired"),
        (minds.stops_when_closed, Troubled("stops slowly"), "after it was closed"),
        (minds.stops_when_cancelled, Troubled("stops slowly"), "after it was cancelled"),
        (minds.stops_when_cancelled, Troubled("swallows cancellation"), "it swallowed its"),
        (minds.serves_many_at_once, Troubled("serves one"), "questions it said nothing"),
        (minds.leaves_the_loop_free, Troubled("blocks"), "it held up the event loop for"),
    ],
)
async def test_what_breaks_a_rule(check: Check, engine: Any, problem: str) -> None:
    assert problem in await judge(check, engine)
