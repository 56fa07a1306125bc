"""Whatever a conversation looks like, what is sent is well-formed and says all of it."""

import base64
import io
import wave
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from repartee.engines.chat.request import messages, request_body
from repartee.protocol.prompt import Call, CallOutput, Line, Message, Prompt, Sound, Tool

WEATHER = Tool("get_weather", "The weather.", {"type": "object", "properties": {"city": {}}})


def sent(*lines: Line, instructions: str = "") -> list[dict[str, Any]]:
    return messages(Prompt(lines=lines, instructions=instructions))


def body(**fields: Any) -> dict[str, Any]:
    prompt = Prompt(lines=(Message("user", "Hi."),), **fields)
    return request_body(prompt, "llama", "max_tokens")


def tool_calls(*calls: tuple[str, str, str]) -> list[dict[str, Any]]:
    return [
        {"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}
        for id, name, arguments in calls
    ]


def test_the_least_there_is() -> None:
    assert body() == {
        "model": "llama",
        "messages": [{"role": "user", "content": "Hi."}],
        "stream": True,
        "stream_options": {"include_usage": True},
    }


def test_messages_of_all_roles() -> None:
    assert sent(
        Message("user", "Hi."),
        Message("assistant", "Hello."),
        Message("system", "Be brief."),
        instructions="Be kind.",
    ) == [
        {"role": "system", "content": "Be kind."},
        {"role": "user", "content": "Hi."},
        {"role": "assistant", "content": "Hello."},
        {"role": "system", "content": "Be brief."},
    ]


def test_system_messages_at_the_start_are_one() -> None:
    lines = Message("system", "One."), Message("system", "Two."), Message("user", "Hi.")
    assert sent(*lines, instructions="Zero.")[0]["content"] == "Zero.\n\nOne.\n\nTwo."
    assert [message["role"] for message in sent(*lines)] == ["system", "user"]


def test_what_was_not_said() -> None:
    said = sent(Message("user", ""), Message("assistant", ""), Message("system", ""))
    assert said == [{"role": "user", "content": "(inaudible)"}]


def test_images() -> None:
    image = "data:image/png;base64,AAAA"
    (both, alone) = sent(Message("user", "What?", (image,)), Message("user", "", (image,)))
    part = {"type": "image_url", "image_url": {"url": image}}
    assert both["content"] == [{"type": "text", "text": "What?"}, part]
    assert alone["content"] == [part]


def test_calls_join_what_was_said_with_them() -> None:
    assert sent(
        Message("assistant", "Let me see."),
        Call("1", "get_weather", '{"city":"Rome"}'),
        Call("2", "get_time", ""),
        CallOutput("2", "noon"),
        CallOutput("1", "sunny"),
        Message("assistant", "Sunny."),
    ) == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": tool_calls(
                ("1", "get_weather", '{"city":"Rome"}'), ("2", "get_time", "{}")
            ),
        },
        {"role": "tool", "tool_call_id": "1", "content": "sunny"},
        {"role": "tool", "tool_call_id": "2", "content": "noon"},
        {"role": "assistant", "content": "Sunny."},
    ]


def test_calls_one_after_the_other_stay_apart() -> None:
    lines = Call("1", "a", "{}"), CallOutput("1", "x"), Call("2", "b", "{}"), CallOutput("2", "y")
    first, _, second, _ = sent(*lines)
    assert first == {
        "role": "assistant",
        "content": None,
        "tool_calls": tool_calls(("1", "a", "{}")),
    }
    assert second["tool_calls"] == tool_calls(("2", "b", "{}"))


def test_outputs_follow_their_calls_whatever_came_between() -> None:
    said = sent(
        Call("1", "a", '{"cut of'),
        Message("user", "Hurry up!"),
        CallOutput("1", "done"),
        CallOutput("0", "nobody asked"),
        Call("2", "b", "[1]"),
    )
    assert [message["role"] for message in said] == [
        "assistant",
        "tool",
        "user",
        "assistant",
        "tool",
    ]
    assert said[0]["tool_calls"] == tool_calls(("1", "a", "{}"))  # half an object is none
    assert said[1]["content"] == "done"
    assert said[3]["tool_calls"] == tool_calls(("2", "b", "{}"))
    assert said[4]["content"] == "(no output yet)"


def test_tools_and_choices() -> None:
    function = {
        "name": "get_weather",
        "description": "The weather.",
        "parameters": WEATHER.parameters,
    }
    offered = body(tools=(WEATHER, Tool("hang_up")))
    assert offered["tools"][0] == {"type": "function", "function": function}
    assert offered["tools"][1]["function"]["parameters"] == {"type": "object", "properties": {}}
    assert "tool_choice" not in offered
    assert body(tools=(WEATHER,), tool_choice="required")["tool_choice"] == "required"
    forced = {"type": "function", "function": {"name": "get_weather"}}
    assert body(tools=(WEATHER,), tool_choice="=get_weather")["tool_choice"] == forced
    assert "tools" not in body(tools=(WEATHER,), tool_choice="none")
    assert "tool_choice" not in body(tool_choice="required")


def test_fields_that_were_asked_for() -> None:
    assert body(max_output_tokens=7)["max_tokens"] == 7
    assert body(reasoning_effort="low")["reasoning_effort"] == "low"
    assert body(temperature=0.8)["temperature"] == 0.8
    assert "temperature" not in body()
    assert body(tools=(WEATHER,), parallel_tool_calls=False)["parallel_tool_calls"] is False
    assert "parallel_tool_calls" not in body(parallel_tool_calls=True)
    prompt = Prompt(lines=(), max_output_tokens=7)
    assert request_body(prompt, "m", "max_completion_tokens")["max_completion_tokens"] == 7


IDS = st.sampled_from("123")
LINES: st.SearchStrategy[Line] = st.one_of(
    st.builds(
        Message,
        st.sampled_from(["user", "assistant", "system"]),
        st.sampled_from(["", "Hi."]),
        st.sampled_from([(), ("data:,",)]),
    ),
    st.builds(Call, IDS, st.just("f"), st.sampled_from(["", "{}", "{"])),
    st.builds(CallOutput, IDS, st.just("x")),
)


@given(st.lists(LINES, max_size=12))
def test_any_conversation_is_well_formed(lines: list[Line]) -> None:
    """Each message with calls is followed by their outputs, in order, and no output is alone."""
    owed: list[str] = []
    for message in sent(*lines):
        if message["role"] == "tool":
            assert message["tool_call_id"] == owed.pop(0)
            continue
        assert not owed
        assert message["content"] or message.get("tool_calls")
        owed = [call["id"] for call in message.get("tool_calls", ())]
    assert not owed


def test_sound_is_a_file_beside_the_words() -> None:
    pcm = b"\1\0" * 240
    (message,) = sent(Message("user", "Listen:", ("data:a",), (Sound(pcm),)))
    text, sound, image = message["content"]
    assert (text["text"], image["image_url"]["url"]) == ("Listen:", "data:a")
    assert (sound["type"], sound["input_audio"]["format"]) == ("input_audio", "wav")
    with wave.open(io.BytesIO(base64.b64decode(sound["input_audio"]["data"]))) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)
        assert file.readframes(999) == pcm
