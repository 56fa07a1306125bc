"""What a client says of its session and of single responses, and how long each of it holds."""

from pathlib import Path
from typing import Any

import pytest

from live.caller import Caller, calling
from live.thinking import asked, thinking, told_system, told_users

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather.",
    "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
}
CLOCK = {
    "type": "function",
    "name": "get_time",
    "parameters": {"type": "object", "properties": {}},
}


async def test_tracing_is_set_once(url: str) -> None:
    named = {"workflow_name": "phone", "group_id": "g-1", "metadata": {"line": "7"}}
    async with calling(url) as caller:
        assert (await caller.update()).session.tracing is None
        session = (await caller.update(tracing=named)).session
        assert session.tracing.model_dump() == named
        assert (await caller.update(tracing=named)).session.tracing == session.tracing
        for other in ("auto", None, {**named, "group_id": "g-2"}):
            refused = await caller.refused_update(tracing=other, instructions="No.")
            assert "tracing" in refused.message.lower()
        assert (await caller.update()).session == session
        assert (await caller.ask("Hello.")).response.status == "completed"
    async with calling(url) as caller:
        assert (await caller.update(tracing="auto")).session.tracing == "auto"


LINES = [f"This is what I say in line {place:02}, and no more than that." for place in range(40)]


async def converse(caller: Caller) -> list[str]:
    """Write all lines; the ids of their items."""
    for line in LINES:
        await caller.write(line)
    while len(caller.all("conversation.item.done")) < len(LINES):
        await caller.until("conversation.item.done")
    return [event.item.id for event in caller.all("conversation.item.done")]


async def test_a_conversation_that_is_too_long_loses_its_beginning(tmp_path: Path) -> None:
    async with thinking(tmp_path, "session.max_input_tokens=300") as (caller, mind):
        await caller.update(instructions="Be brief.")
        ids = await converse(caller)
        assert (await caller.respond(output_modalities=["text"])).status == "completed"
        kept = told_users(mind)
        assert 10 < len(kept) < 30
        assert kept == LINES[-len(kept) :]
        # What the model is not told is still there.
        await caller.connection.conversation.item.retrieve(item_id=ids[0])
        item = (await caller.until("conversation.item.retrieved")).item
        assert item.content[0].text == LINES[0]


async def test_a_conversation_that_may_not_lose_its_beginning(tmp_path: Path) -> None:
    async with thinking(tmp_path, "session.max_input_tokens=300") as (caller, mind):
        session = (await caller.update(instructions="Be brief.", truncation="disabled")).session
        assert session.truncation == "disabled"
        ids = await converse(caller)
        await caller.connection.response.create(event_id="too-long")
        refused = (await caller.until("error")).error
        assert (refused.event_id, refused.type) == ("too-long", "invalid_request_error")
        assert not caller.all("response.created")
        assert not [each for each in mind.requests if each.method == "POST"]
        for item_id in ids[:-3]:
            await caller.connection.conversation.item.delete(item_id=item_id)
        assert (await caller.respond(output_modalities=["text"])).status == "completed"
        assert told_users(mind) == LINES[-3:]


async def test_a_conversation_loses_more_than_it_must_and_then_nothing(tmp_path: Path) -> None:
    """So that the next answers begin with the same words, which caches like."""
    ratio = {"type": "retention_ratio", "retention_ratio": 0.5}
    async with thinking(tmp_path, "session.max_input_tokens=300") as (caller, mind):
        session = (await caller.update(instructions="Be brief.", truncation=ratio)).session
        assert session.truncation.retention_ratio == 0.5
        await converse(caller)
        await caller.respond(output_modalities=["text"])
        kept = told_users(mind)
        assert 5 < len(kept) < 12
        await caller.ask("One more.")
        assert told_users(mind) == [*kept, "One more."]

        limited = ratio | {"token_limits": {"post_instructions": 40}}
        await caller.update(truncation=limited)
        await caller.ask("And one more.")
        assert len(told_users(mind)) < 3
        assert told_users(mind)[-1] == "And one more."


async def test_an_answer_ends_where_it_must(url: str) -> None:
    async with calling(url) as caller:
        await caller.update(max_output_tokens=7)
        done = (await caller.ask("Hello, is there anybody who listens to me?")).response
        assert (done.status, done.status_details.type) == ("incomplete", "incomplete")
        assert done.status_details.reason == "max_output_tokens"
        (item,) = done.output
        assert item.status == "incomplete"
        assert item.content[0].text == caller.joined("response.output_text.delta")
        assert len(item.content[0].text) <= 28
        assert (await caller.respond(max_output_tokens="inf")).status == "completed"
        assert (await caller.respond(max_output_tokens=3)).status == "incomplete"
        session = (await caller.update(max_output_tokens="inf")).session
        assert session.max_output_tokens == "inf"
        assert (await caller.ask("Hello again.")).response.status == "completed"


async def test_what_a_response_says_of_itself_holds_for_it_alone(tmp_path: Path) -> None:
    async with thinking(tmp_path) as (caller, mind):
        before = (await caller.update(instructions="Be brief.", tools=[CLOCK])).session
        await caller.write("What is the weather?")
        done = await caller.respond(
            instructions="Be long.",
            tools=[WEATHER],
            tool_choice="required",
            output_modalities=["text"],
            max_output_tokens=100,
            parallel_tool_calls=False,
            reasoning={"effort": "low"},
            audio={"output": {"voice": "cedar", "format": {"type": "audio/pcmu"}}},
            metadata={"topic": "weather", "turn": "1"},
        )
        assert done.metadata == {"topic": "weather", "turn": "1"}
        assert caller.all("response.created")[0].response.metadata == done.metadata
        assert done.max_output_tokens == 100
        assert done.audio.output.voice == "cedar"
        assert done.audio.output.format.type == "audio/pcmu"
        assert done.output[0].name == "get_weather"
        body = asked(mind)
        assert told_system(mind) == "Be long."
        assert [each["function"]["name"] for each in body["tools"]] == ["get_weather"]
        assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)
        assert body["reasoning_effort"] == "low"
        assert 100 in (body.get("max_tokens"), body.get("max_completion_tokens"))

        done = await caller.respond()
        assert done.metadata is None
        assert done.output_modalities == ["audio"]
        assert done.audio.output.format.type == "audio/pcm"
        assert caller.sound()
        body = asked(mind)
        assert told_system(mind) == "Be brief."
        assert [each["function"]["name"] for each in body["tools"]] == ["get_time"]
        assert not {"parallel_tool_calls", "reasoning_effort"} & body.keys()
        assert (await caller.update()).session == before


async def test_metadata_has_bounds(url: str) -> None:
    most = {f"{place:02}" + "k" * 62: "v" * 512 for place in range(16)}
    async with calling(url) as caller:
        done = await caller.respond(metadata=most, output_modalities=["text"])
        assert done.metadata == most
        for wrong in ({**most, "k": "v"}, {"k" * 65: "v"}, {"k": "v" * 513}):
            fields: Any = {"metadata": wrong}
            await caller.connection.response.create(response=fields)
            assert "response.metadata" in str((await caller.until("error")).error.param)


@pytest.mark.parametrize(
    ("choice", "question", "called"),
    [
        ("none", "Get the weather, please.", None),
        ("auto", "Get the weather, please.", "get_weather"),
        ("auto", "Hello.", None),
        ("required", "Get the time, please.", "get_time"),
        ({"type": "function", "name": "get_time"}, "Get the weather, please.", "get_time"),
    ],
)
async def test_which_function_is_called(
    url: str, choice: Any, question: str, called: str | None
) -> None:
    async with calling(url) as caller:
        session = (await caller.update(tools=[WEATHER, CLOCK], tool_choice=choice)).session
        shown = session.tool_choice
        assert (shown if isinstance(shown, str) else shown.model_dump()) == choice
        outputs = (await caller.ask(question)).response.output
        names = [item.name for item in outputs if item.type == "function_call"]
        assert names == ([called] if called else [])


async def test_forms_of_a_choice_that_are_refused(url: str) -> None:
    async with calling(url) as caller:
        nested = {"type": "function", "function": {"name": "get_time"}}
        refused = await caller.refused_update(tools=[CLOCK], tool_choice=nested)
        assert refused.code in ("missing_required_parameter", "unknown_parameter")
        assert refused.param.startswith("session.tool_choice")
        refused = await caller.refused_update(tool_choice="sometimes")
        assert (refused.code, refused.param) == ("invalid_value", "session.tool_choice")
        mcp = {"type": "mcp", "server_label": "files"}
        assert (await caller.refused_update(tool_choice=mcp)).param == "session.tool_choice.type"


async def test_answers_out_of_band_to_items_of_ones_own(tmp_path: Path) -> None:
    async with thinking(tmp_path) as (caller, mind):
        await caller.write("I live in Oslo.")
        first = (await caller.until("conversation.item.done")).item.id
        await caller.write("I like to skate.")
        await caller.until("conversation.item.done")
        own = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Where does this person live?"}],
        }
        told = len(caller.told)
        done = await caller.respond(
            conversation="none",
            output_modalities=["text"],
            input=[{"type": "item_reference", "id": first}, own],
        )
        assert (done.status, done.conversation_id) == ("completed", None)
        assert told_users(mind) == ["I live in Oslo.", "Where does this person live?"]
        kinds = [event.type for event in caller.told[told:]]
        assert not [kind for kind in kinds if kind.startswith("conversation.")]

        await caller.respond(output_modalities=["text"])
        assert told_users(mind) == ["I live in Oslo.", "I like to skate."]
        # Without the conversation's context, and yet in it.
        done = await caller.respond(output_modalities=["text"], input=[])
        assert done.conversation_id is not None
        assert not [each for each in asked(mind)["messages"] if each["role"] == "user"]
        unknown: Any = {"conversation": "none", "input": [{"type": "item_reference", "id": "x"}]}
        await caller.connection.response.create(response=unknown)
        assert (await caller.until("error")).error.param == "response.input[0].id"
