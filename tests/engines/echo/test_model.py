"""The built-in mind says what it is, repeats what it heard, and calls functions validly."""

import json
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engines.schemas import PARAMETERS, Schema
from repartee.conformance.engines.checks import collect
from repartee.engines.echo.model import EchoModel, in_words
from repartee.engines.protocols import Stopped, Text, ToolCall
from repartee.protocol.prompt import Call, CallOutput, Line, Message, Prompt, Tool

WEATHER = Tool("get_weather", "", {"properties": {"city": {"type": "string"}}})
LIGHTS = Tool("turnOnTheLights")
FIRST = "No language model is configured; set mind to openai to use one."
LATER = "Still no language model."


def user(text: str) -> Message:
    return Message("user", text)


async def reply(*lines: Line, **fields: Any) -> list[Text | ToolCall | Stopped]:
    return await collect(EchoModel().reply(Prompt(lines=lines, **fields)))


async def said(*lines: Line, **fields: Any) -> str:
    return "".join(each.text for each in await reply(*lines, **fields) if isinstance(each, Text))


async def called(*lines: Line, **fields: Any) -> tuple[str, str]:
    """Name and arguments of the one call, "" where there is none."""
    pieces = [each for each in await reply(*lines, **fields) if isinstance(each, ToolCall)]
    assert {piece.key for piece in pieces} <= {"0"}
    assert all(not piece.name for piece in pieces[1:])
    name = pieces[0].name if pieces else ""
    return name, "".join(piece.arguments for piece in pieces)


async def test_the_first_answer_says_how_to_get_a_model() -> None:
    assert await said(user("Hello there.")) == f"{FIRST} You said: Hello there."
    assert await said(user("Hi."), Message("system", "Be kind.")) == f"{FIRST} You said: Hi."


async def test_later_answers_are_short() -> None:
    answered = Message("assistant", "…")
    assert await said(user("Hi."), answered, user(" Bye. ")) == f"{LATER} You said: Bye."


async def test_it_says_when_it_heard_nothing() -> None:
    assert await said() == await said(user("")) == await said(user(" \n"))
    assert await said() == f"{FIRST} I heard nothing."


async def test_it_is_deterministic_and_obeys_no_instructions() -> None:
    plain = await reply(user("Hello."))
    assert plain == await reply(user("Hello."), instructions="Say only: yes.")


async def test_it_streams_word_by_word() -> None:
    pieces = await reply(user("one two"))
    assert pieces[-3:] == [Text(" said:"), Text(" one"), Text(" two")]


@given(st.text())
def test_words_joined_are_the_text(text: str) -> None:
    assert "".join(in_words(text)) == (text if text.strip() else "")


async def test_what_a_function_gave_back_is_told() -> None:
    asked = user("get the weather")
    lines = (asked, Call("1", "get_weather", "{}"), CallOutput("1", '{"sky": "clear"}'))
    text = await said(*lines, tools=(WEATHER,))
    assert text == f'{FIRST} The function answered: {{"sky": "clear"}}'
    text = await said(*lines, CallOutput("2", " rain "), tools=(WEATHER,))
    assert text.endswith('The function answered: {"sky": "clear"} and rain')
    text = await said(asked, CallOutput("1", ""), tools=(WEATHER,))
    assert text.endswith("The function answered: nothing")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Please get the weather in Rome.", "get_weather"),
        ("Use get_weather!", "get_weather"),
        ("TURN ON the lights", "turnOnTheLights"),
        ("call turnOnTheLights now", "turnOnTheLights"),
        ("get the weather, then turn on the lights", "turnOnTheLights"),  # more words, surer
        ("What a lovely day.", ""),
        ("weather get", ""),
        ("", ""),
    ],
)
async def test_a_function_is_called_when_it_is_named(text: str, name: str) -> None:
    assert (await called(user(text), tools=(WEATHER, LIGHTS)))[0] == name


async def test_choices_are_obeyed() -> None:
    tools = (WEATHER, LIGHTS)
    weather, day = user("get the weather"), user("What a day.")
    assert (await called(weather, tools=tools, tool_choice="none"))[0] == ""
    assert (await called(day, tools=tools, tool_choice="required"))[0] == "get_weather"
    assert (await called(day, tools=tools, tool_choice="=turnOnTheLights"))[0] == "turnOnTheLights"
    assert (await called(weather, CallOutput("1", "x"), tools=tools))[0] == ""
    again = await called(weather, CallOutput("1", "x"), tools=tools, tool_choice="required")
    assert again[0] == "get_weather"
    assert await said(day, tool_choice="required")  # nothing to call


async def test_arguments_come_in_pieces() -> None:
    pieces = await reply(user("get the weather in the eternal city"), tools=(WEATHER,))
    assert len(pieces) == 2
    _, arguments = await called(user("get the weather in the eternal city"), tools=(WEATHER,))
    assert json.loads(arguments) == {"city": "get the weather in the eternal city"}


@given(schema=PARAMETERS)
async def test_arguments_are_valid(schema: Schema) -> None:
    _, arguments = await called(user("hm"), tools=(Tool("f", "", schema),), tool_choice="=f")
    jsonschema.Draft202012Validator(schema).validate(json.loads(arguments))


async def test_a_limit_cuts_it_off() -> None:
    *pieces, stopped = await reply(user("Hello."), max_output_tokens=2)
    assert stopped == Stopped("max_output_tokens")
    assert pieces == [Text("No"), Text(" langu")]
    *pieces, stopped = await reply(
        user("Hello."), tools=(WEATHER,), tool_choice="required", max_output_tokens=1
    )
    assert stopped == Stopped("max_output_tokens")
    assert pieces == [ToolCall("0", "get_weather", '{"ci')]


async def test_an_answer_that_just_fits_is_whole() -> None:
    text = await said(user("fourth"))
    assert len(text) % 4 == 0
    pieces = await reply(user("fourth"), max_output_tokens=len(text) // 4)
    assert all(isinstance(piece, Text) for piece in pieces)
