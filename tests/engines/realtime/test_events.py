"""What a Realtime server is told."""

import base64
from typing import Any

import pytest

from repartee.engines.realtime.events import answer, configuration, item, readable
from repartee.protocol.prompt import (
    Call,
    CallOutput,
    Line,
    Message,
    Prompt,
    Sound,
    Tool,
    VoiceChoice,
)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            Message("system", "Zoë calls."),
            {"role": "system", "content": [{"type": "input_text", "text": "Zoë calls."}]},
        ),
        (
            Message("assistant", "Hi."),
            {"role": "assistant", "content": [{"type": "output_text", "text": "Hi."}]},
        ),
        (
            Message("user", "Look:", ("data:a",), (Sound(b"\1\0"),)),
            {
                "role": "user",
                "content": [
                    {"type": "input_text", "text": "Look:"},
                    {"type": "input_audio", "audio": base64.b64encode(b"\1\0").decode()},
                    {"type": "input_image", "image_url": "data:a"},
                ],
            },
        ),
    ],
)
def test_messages(line: Line, told: dict[str, Any]) -> None:
    assert item(line) == {"type": "message", **told}


def test_calls_go_by_the_servers_names() -> None:
    call = {"type": "function_call", "call_id": "theirs", "name": "look", "arguments": "{}"}
    assert item(Call("ours", "look", "{}"), "theirs") == call
    output = {"type": "function_call_output", "call_id": "ours", "output": "42"}
    assert item(CallOutput("ours", "42")) == output


def test_what_no_server_takes_is_left_out() -> None:
    call, output = Call("c", "look", "{}"), CallOutput("c", "42")
    lines: list[Line] = [output, Message("assistant", ""), call, output, CallOutput("d", "?")]
    assert readable(lines) == [call, output]


def response(prompt: Prompt, voice: str | None = None) -> dict[str, Any]:
    event = answer(prompt, voice, "7")
    assert event["type"] == "response.create"
    told: dict[str, Any] = event["response"]
    assert told["metadata"] == {"ask": "7"}
    return told


def test_everything_is_said_of_each_response() -> None:
    bare = response(Prompt(()))
    assert bare == {
        "metadata": {"ask": "7"},
        "output_modalities": ["text"],
        "instructions": "",
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
    }
    tools = (Tool("look", "Looks.", {"type": "object"}), Tool("stop"))
    full = response(
        Prompt(
            (),
            instructions="Be kind.",
            tools=tools,
            tool_choice="=look",
            parallel_tool_calls=False,
            max_output_tokens=9,
            reasoning_effort="low",
            temperature=0.8,
            voice=VoiceChoice(),
        ),
        "ash",
    )
    assert full["tools"] == [
        {
            "type": "function",
            "name": "look",
            "description": "Looks.",
            "parameters": {"type": "object"},
        },
        {"type": "function", "name": "stop", "parameters": {"type": "object", "properties": {}}},
    ]
    assert full["tool_choice"] == {"type": "function", "name": "look"}
    assert (full["max_output_tokens"], full["parallel_tool_calls"]) == (9, False)
    assert full["reasoning"] == {"effort": "low"}
    assert "temperature" not in full  # GA knows none
    assert full["output_modalities"] == ["audio"]
    assert full["audio"]["output"]["voice"] == "ash"


def test_an_answer_aside_has_its_own_input() -> None:
    aside = response(Prompt((Message("user", "Hi."), Message("user", "")), aside=True))
    assert aside["conversation"] == "none"
    assert aside["input"] == [item(Message("user", "Hi."))]


def test_turns_are_found_here() -> None:
    audio = configuration("ash")["session"]["audio"]
    assert audio["input"]["turn_detection"] is None
    assert audio["output"]["voice"] == "ash"
    assert "voice" not in configuration(None)["session"]["audio"]["output"]
