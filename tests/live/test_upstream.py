"""A server in front of another, whose model hears and speaks itself."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from engines.endpoint import closed_port
from engines.realtime.upstream import Tap, tapped
from live.beta import calling_beta
from live.caller import Caller, calling
from live.engine_sets import HEARD, LONG
from live.relay import served
from live.server import Server
from recordings import RATE, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

# The ears here never hear anything, and the voice never speaks.
SETTINGS = """
ears = { engine = "fake", fault = "before" }
voice = { engine = "fake", fault = "before" }

[mind]
engine = "realtime"
url = "%s"
"""
TOOL = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {}, "required": []},
}
HEARD_WORDS = "response.output_audio_transcript.delta"


@asynccontextmanager
async def fronting(folder: Path, behind: Server) -> AsyncIterator[tuple[str, Tap]]:
    """A server in front of `behind`, and what passes between them."""
    async with tapped(behind.url) as tap:
        (folder / "repartee.toml").write_text(SETTINGS % tap.url)
        async with served(folder) as url:
            yield url, tap


async def speak(caller: Caller) -> None:
    words = read("lj_LJ001-0002")
    await caller.speak(microphone([(0.3, words)], 0.3 + len(words) / RATE))
    await caller.fall_silent()


def created(tap: Tap) -> list[str]:
    """The kinds of items that were put into the conversation behind."""
    items = [event["item"] for event in tap.all_asked("conversation.item.create")]
    return [item.get("role", item["type"]) for item in items]


async def test_a_spoken_turn(quick: Server, tmp_path: Path) -> None:
    async with fronting(tmp_path, quick) as (url, tap), calling(url) as caller:
        await speak(caller)
        done = (await caller.until("response.done")).response
        said = caller.joined(HEARD_WORDS)
        assert HEARD in said
        assert len(caller.sound()) == len(said) * 60 * 48  # the voice behind hums
        told = tap.all_told("response.done")[0]["response"]["usage"]
        assert done.usage.to_dict()["total_tokens"] == told["total_tokens"]
        assert done.usage.to_dict()["input_token_details"] == told["input_token_details"]
        assert created(tap) == ["user"]


async def test_a_function_is_called(quick: Server, tmp_path: Path) -> None:
    async with fronting(tmp_path, quick) as (url, tap), calling(url) as caller:
        await caller.update(tools=[TOOL], tool_choice="required")
        await speak(caller)
        (call,) = (await caller.until("response.done")).response.output
        output: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "42 ºC"}
        await caller.connection.conversation.item.create(item=output)
        response = await caller.respond(tool_choice="none", instructions="Be kind.")
        assert "42" in response.output[0].content[0].transcript
        assert created(tap) == ["user", "function_call_output"]
        asked = [event["response"] for event in tap.all_asked("response.create")]
        assert [each["instructions"] for each in asked][1] == "Be kind."
        assert [each["tool_choice"] for each in asked] == ["required", "none"]


async def test_what_was_not_heard_is_not_there_either(unhurried: Server, tmp_path: Path) -> None:
    async with fronting(tmp_path, unhurried) as (url, tap), calling(url) as caller:
        await speak(caller)
        item_id = (await caller.until("response.output_audio.delta")).item_id
        while len(caller.sound()) < 48 * 1000:
            await caller.until("response.output_audio.delta")
        await speak(caller)
        await caller.until("input_audio_buffer.speech_started")
        await caller.connection.conversation.item.truncate(
            item_id=item_id, content_index=0, audio_end_ms=700
        )
        await caller.until("conversation.item.truncated")
        await tap.has_told("conversation.item.truncated")
        (cut,) = tap.all_told("conversation.item.truncated")
        # By how long a character is thought to take, to the end of a word that had begun.
        assert 400 <= cut["audio_end_ms"] <= 1100
        assert tap.all_told("response.done")[0]["response"]["status"] == "cancelled"
        await caller.connection.response.cancel()
        await caller.until("response.done")
        assert LONG.startswith(caller.joined(HEARD_WORDS)[:20])


async def test_a_lost_connection_is_not_noticed(quick: Server, tmp_path: Path) -> None:
    async with fronting(tmp_path, quick) as (url, tap), calling(url) as caller:
        await speak(caller)
        await caller.until("response.done")
        await tap.drop()
        await speak(caller)
        assert (await caller.until("response.done")).response.status == "completed"
        assert created(tap) == ["user", "user", "assistant", "user"]


async def test_a_beta_client_before_a_server_that_knows_only_ga(
    quick: Server, tmp_path: Path
) -> None:
    async with fronting(tmp_path, quick) as (url, _), calling_beta(url) as caller:
        formats = {"input_audio_format": "g711_ulaw", "output_audio_format": "g711_ulaw"}
        await caller.send("session.update", session={**formats, "temperature": 0.7})
        await caller.until("session.updated")
        hello = {"type": "message", "role": "user"}
        content = [{"type": "input_text", "text": "Hello."}]
        await caller.send("conversation.item.create", item={**hello, "content": content})
        await caller.send("response.create")
        await caller.until("response.done")
        said = caller.joined("response.audio_transcript.delta")
        assert said.endswith("Hello.")
        assert len(caller.sound()) == pytest.approx(len(said) * 60 * 8, abs=8)


async def test_two_at_once(quick: Server, tmp_path: Path) -> None:
    async with (
        fronting(tmp_path, quick) as (url, tap),
        calling(url) as one,
        calling(url) as other,
    ):
        first, second = await asyncio.gather(one.ask("One."), other.ask("Two."))
        assert text(first).endswith("One.")
        assert text(second).endswith("Two.")
        assert len(tap.paths) == 2


def text(done: Any) -> str:
    return str(done.response.output[0].content[0].text)


async def test_when_a_session_ends_so_does_the_one_behind(quick: Server, tmp_path: Path) -> None:
    async with fronting(tmp_path, quick) as (url, tap):
        async with calling(url) as caller:
            await caller.ask("One.")
            assert tap.connections == 1
        await tap.emptied()


async def test_where_nobody_is_the_client_is_told(tmp_path: Path) -> None:
    (tmp_path / "repartee.toml").write_text(SETTINGS % f"http://127.0.0.1:{closed_port()}/v1")
    async with served(tmp_path) as url, calling(url) as caller:
        response = (await caller.ask("Hello?")).response
        assert response.status == "failed"
        assert response.status_details.error.code == "model_unreachable"
