"""Sessions beside each other and after each other: none knows of the others."""

import asyncio
from pathlib import Path

import pytest

from engines.endpoint import Endpoint, delta, falls_silent
from live.caller import PATIENCE_S, Caller, calling
from live.minds import in_turn
from live.raw import connected, until
from live.relay import served

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


async def test_two_sessions_with_two_models(url: str) -> None:
    async with calling(url, "gpt-realtime") as one, calling(url, "my-own-model") as other:
        assert one.told[0].session.model == "gpt-realtime"
        assert other.told[0].session.model == "my-own-model"
        assert one.told[0].session.id != other.told[0].session.id
        await one.update(instructions="Be one.")
        assert (await other.update()).session.instructions != "Be one."

        mine = (await one.ask("A word of mine.")).response.output[0]
        await other.connection.conversation.item.retrieve(item_id=mine.id)
        assert (await other.until("error")).error.code == "item_retrieve_invalid_item_id"
        done = await other.ask("Another word.")
        assert done.response.output[0].content[0].text.endswith("You said: Another word.")


async def test_a_dozen_sessions_at_once_get_each_its_own_answers(url: str) -> None:
    async def converse(name: str) -> str:
        async with calling(url, f"model-{name}") as caller:
            for turn in range(3):
                await answer_aloud(caller, f"{name} says {turn}")
            return caller.joined("response.output_audio_transcript.delta")

    names = [f"Caller{number}" for number in range(12)]
    answers = await asyncio.gather(*map(converse, names))
    for name, answer in zip(names, answers, strict=True):
        assert [answer.count(f"You said: {name} says {turn}") for turn in range(3)] == [1, 1, 1]
        assert answer.count("You said: ") == 3


async def answer_aloud(caller: Caller, question: str) -> None:
    await caller.write(question)
    await caller.connection.response.create()
    assert (await caller.until("response.done")).response.status == "completed"


async def test_whoever_vanishes_takes_the_answer_along(tmp_path: Path) -> None:
    async with Endpoint(in_turn(falls_silent(delta(content="I am ")))).serving() as mind:
        engines = ("--ears", "fake", "--voice", "fake", "--llm", mind.url)
        patience = ("--set", "limits.mind_s=600", "--set", "mind.idle_timeout_s=600")
        async with served(tmp_path, *engines, *patience) as url:
            async with connected(url) as connection:
                await connection.send('{"type": "response.create"}')
                await until(connection, "response.output_audio_transcript.delta")
                connection.transport.abort()
            async with asyncio.timeout(PATIENCE_S):
                await mind.gone.wait()
