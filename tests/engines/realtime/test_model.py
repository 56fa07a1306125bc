"""The model of another server: a real one, in this process, and faulty ones."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from typing import Any

import pytest

from engines.realtime.upstream import Tap, serving, tapped
from engines.speech import tone
from repartee.conformance.engines.checks import collect
from repartee.engines.protocols import Result, Speech, Text, ToolCall, Usage
from repartee.engines.realtime.model import RealtimeModel
from repartee.protocol.prompt import (
    FORGOTTEN,
    Call,
    CallOutput,
    Line,
    Message,
    Prompt,
    Sound,
    Tool,
    VoiceChoice,
)

VOICE = VoiceChoice("cedar")
HELLO = Message("user", "Hello.", id="item_1")
SPOKEN = Message("user", "", sounds=(Sound(tone(500)),), id="item_2")
WEATHER = Tool("get_weather", "The weather.", {"type": "object", "properties": {}})
CREATE = "conversation.item.create"


def prompt(*lines: Line, **fields: Any) -> Prompt:
    return Prompt(lines, **{"session": "sess_1", "voice": VOICE, "model": "m", **fields})


def words(results: list[Result]) -> str:
    return "".join(each.text for each in results if isinstance(each, Speech | Text))


def sound(results: list[Result]) -> bytes:
    return b"".join(each.pcm for each in results if isinstance(each, Speech))


def only_call(results: list[Result]) -> tuple[str, str]:
    """Name and arguments of the one call."""
    calls = [each for each in results if isinstance(each, ToolCall)]
    assert len({each.key for each in calls}) == 1
    return calls[0].name, "".join(each.arguments for each in calls)


@asynccontextmanager
async def asking(
    mind: str = "repartee-echo", options: dict[str, Any] | None = None, **upstream: Any
) -> AsyncIterator[tuple[RealtimeModel, Tap]]:
    async with serving(mind, **upstream) as url, tapped(url) as tap:
        model = RealtimeModel(tap.url, **(options or {}))
        try:
            yield model, tap
        finally:
            await model.close()
            await tap.emptied()


async def ask(model: RealtimeModel, *lines: Line, **fields: Any) -> list[Result]:
    return await collect(model.reply(prompt(*lines, **fields)))


async def test_a_question_is_answered_in_speech() -> None:
    async with asking() as (model, tap):
        results = await ask(model, HELLO, instructions="Be kind.")
        assert words(results).endswith("You said: Hello.")
        assert len(sound(results)) == len(words(results)) * 60 * 48  # the voice upstream hums
        assert isinstance(results[-1], Usage)
        (created,) = tap.all_asked("response.create")
        said = created["response"]
        assert (said["instructions"], said["tool_choice"]) == ("Be kind.", "auto")
        assert said["audio"]["output"]["voice"] == "cedar"
        (configured,) = tap.all_asked("session.update")
        assert configured["session"]["audio"]["input"]["turn_detection"] is None
        assert tap.paths == ["/v1/realtime?model=m"]


async def test_what_was_said_is_heard_there() -> None:
    async with asking() as (model, tap):
        assert "I heard 0.5 seconds of sound" in words(await ask(model, SPOKEN))
        assert len(tap.all_asked(CREATE)) == 1


async def test_text_is_given_where_text_is_wanted() -> None:
    async with asking() as (model, _):
        results = await ask(model, HELLO, voice=None)
        assert sound(results) == b""
        assert all(isinstance(each, Text | Usage) for each in results)


async def test_only_what_is_new_is_sent() -> None:
    async with asking() as (model, tap):
        answer = Message("assistant", words(await ask(model, HELLO)), id="item_9")
        again = Message("user", "And now?", id="item_3")
        await ask(model, HELLO, answer, again)
        assert [event["item"]["content"][0]["text"] for event in tap.all_asked(CREATE)] == [
            "Hello.",
            "And now?",
        ]
        assert len(tap.paths) == 1
        assert not tap.all_asked("conversation.item.delete")


async def test_sound_that_is_no_longer_kept_stays_there() -> None:
    async with asking() as (model, tap):
        answer = Message("assistant", words(await ask(model, SPOKEN)), id="item_9")
        forgotten = Message("user", FORGOTTEN, id=SPOKEN.id)
        await ask(model, forgotten, answer, HELLO)
        assert len(tap.all_asked(CREATE)) == 2
        assert not tap.all_asked("conversation.item.delete")


async def test_a_call_and_its_output() -> None:
    """What we call a call, the server calls otherwise."""
    async with asking() as (model, tap):
        name, arguments = only_call(
            await ask(model, HELLO, tools=(WEATHER,), tool_choice="=get_weather")
        )
        ours = Call("call_ours", name, arguments)
        results = await ask(model, HELLO, ours, CallOutput("call_ours", "42 degrees"))
        assert "42 degrees" in words(results)
        theirs = tap.all_told("response.function_call_arguments.done")[0]["call_id"]
        assert theirs != "call_ours"
        assert tap.all_asked(CREATE)[-1]["item"]["call_id"] == theirs
        first, second = tap.all_asked("response.create")
        assert first["response"]["tool_choice"] == {"type": "function", "name": "get_weather"}
        assert second["response"]["tools"] == []


async def test_what_was_not_heard_is_cut_off_there() -> None:
    async with asking("fake", text="One two three four.") as (model, tap):
        pieces: list[Speech] = []
        async with aclosing(model.reply(prompt(HELLO))) as results:
            async for each in results:
                assert isinstance(each, Speech)
                pieces.append(each)
                if "two" in each.text:
                    break
        heard = "".join(each.text for each in pieces)
        assert heard == "One two"
        assert await ask(model, HELLO, Message("assistant", heard, id="item_9"), HELLO)
        (cut,) = tap.all_asked("conversation.item.truncate")
        (told,) = tap.all_told("conversation.item.truncated")
        assert told["audio_end_ms"] == cut["audio_end_ms"] == 7 * 65  # as many characters
        assert len(tap.all_asked(CREATE)) == 2


async def test_of_what_was_not_heard_at_all_nothing_stays() -> None:
    async with asking() as (model, tap):
        await ask(model, HELLO)
        await ask(model, HELLO, Message("assistant", "", id="item_9"), SPOKEN)
        assert len(tap.all_asked("conversation.item.delete")) == 1


async def test_a_cancelled_answer_is_cancelled_there() -> None:
    async with asking("fake", pace_ms=50, text="word " * 200) as (model, tap):
        async with aclosing(model.reply(prompt(HELLO))) as results:
            await anext(results)
        await tap.has_told("response.done")
        assert tap.all_told("response.done")[0]["response"]["status"] == "cancelled"


async def test_one_that_was_cancelled_at_once_is_cancelled_there() -> None:
    async with asking("fake", pace_ms=50, text="word " * 200) as (model, tap):
        await ask(model, HELLO, max_output_tokens=1)
        task = asyncio.create_task(ask(model, HELLO))
        await tap.has_asked("response.create", 2)
        task.cancel()
        await tap.has_told("response.done", 2)
        assert tap.all_told("response.done")[1]["response"]["status"] == "cancelled"


async def test_a_lost_connection_is_made_anew() -> None:
    async with asking() as (model, tap):
        answer = Message("assistant", words(await ask(model, SPOKEN)), id="item_9")
        await tap.drop()
        assert "Hello." in words(await ask(model, SPOKEN, answer, HELLO))
        assert len(tap.paths) == 2
        rebuilt = [event["item"]["role"] for event in tap.all_asked(CREATE)[1:]]
        assert rebuilt == ["user", "assistant", "user"]


async def test_the_oldest_lines_may_go() -> None:
    async with asking() as (model, tap):
        answer = Message("assistant", words(await ask(model, HELLO)), id="item_9")
        await ask(model, answer, SPOKEN)
        (deleted,) = tap.all_asked("conversation.item.delete")
        assert deleted["item_id"] == tap.all_asked(CREATE)[0]["item"]["id"]


async def test_an_answer_aside_leaves_no_trace() -> None:
    async with asking() as (model, tap):
        answer = Message("assistant", words(await ask(model, HELLO)), id="item_9")
        aside = await ask(model, Message("user", "Aside."), aside=True)
        assert "Aside." in words(aside)
        await ask(model, HELLO, answer, SPOKEN)
        assert len(tap.all_asked(CREATE)) == 2
        assert not tap.all_asked("conversation.item.delete")


async def test_one_may_be_given_beside_another() -> None:
    async with asking("fake", text="word " * 20) as (model, _):
        both = await asyncio.gather(ask(model, HELLO), ask(model, HELLO, aside=True))
        assert words(both[0]) == words(both[1])


async def test_sessions_know_nothing_of_each_other() -> None:
    async with asking() as (model, tap):
        ours, theirs = await asyncio.gather(
            ask(model, HELLO), ask(model, Message("user", "Bye."), session="sess_2")
        )
        assert words(ours).endswith("Hello.")
        assert words(theirs).endswith("Bye.")
        assert len(tap.paths) == 2


async def test_a_session_that_ends_is_forgotten() -> None:
    async with asking() as (model, tap):
        await ask(model, HELLO)
        assert tap.connections == 1
        model.forget("sess_1")
        model.forget("sess_2")
        await tap.emptied()


async def test_a_connection_that_is_not_used_is_closed() -> None:
    async with asking(options={"idle_s": 0.01}) as (model, tap):
        await ask(model, HELLO)
        await tap.emptied()
        assert "Hello." in words(await ask(model, HELLO))


async def test_a_limit_is_passed_on() -> None:
    async with asking("fake", text="word " * 20) as (model, _):
        results = await ask(model, HELLO, max_output_tokens=3)
        assert words(results).split() == ["word"] * 3
        assert "Stopped" in [type(each).__name__ for each in results]


async def test_voices_have_other_names_there() -> None:
    options = {"voices": {"cedar": "ash", "*": "coral"}, "model": "gpt-realtime"}
    async with asking(options=options) as (model, tap):
        await ask(model, HELLO)
        await ask(model, HELLO, voice=VoiceChoice("marin"), session="sess_2")
        asked = [each["response"] for each in tap.all_asked("response.create")]
        assert [each["audio"]["output"]["voice"] for each in asked] == ["ash", "coral"]
        assert tap.paths == ["/v1/realtime?model=gpt-realtime"] * 2


@pytest.mark.parametrize("role", ["system", "user", "assistant"])
async def test_an_empty_message_is_none(role: Any) -> None:
    async with asking() as (model, tap):
        await ask(model, Message(role, ""), HELLO)
        assert len(tap.all_asked(CREATE)) == 1
