"""Prompts as requests to the Responses API: always well-formed, whatever the conversation."""

from typing import Any

import pytest

from repartee.engines.responses.request import items, request_body
from repartee.protocol.prompt import Call, CallOutput, Line, Message, Prompt, Tool


def said(*lines: Line) -> list[dict[str, Any]]:
    return items(Prompt(lines=lines))


def call(call_id: str, arguments: str = "{}") -> dict[str, str]:
    return {"type": "function_call", "call_id": call_id, "name": "f", "arguments": arguments}


def output(call_id: str, text: str) -> dict[str, str]:
    return {"type": "function_call_output", "call_id": call_id, "output": text}


def message(role: str, kind: str, text: str) -> dict[str, Any]:
    return {"type": "message", "role": role, "content": [{"type": kind, "text": text}]}


def test_a_conversation() -> None:
    lines = Message("system", "Be kind."), Message("user", "Hi."), Message("assistant", "Hm")
    assert said(*lines) == [
        message("system", "input_text", "Be kind."),
        message("user", "input_text", "Hi."),
        message("assistant", "output_text", "Hm"),
    ]


def test_turns_without_words() -> None:
    heard, unheard = Message("user", ""), Message("assistant", "")
    (turn,) = said(heard, unheard)
    assert turn["content"] == [{"type": "input_text", "text": "(inaudible)"}]


def test_pictures() -> None:
    (turn,) = said(Message("user", "", ("data:image/png;base64,AA==",)))
    assert turn["content"] == [{"type": "input_image", "image_url": "data:image/png;base64,AA=="}]


def test_calls_and_outputs_stand_together() -> None:
    lines = (
        Call("a", "f", "{}"),
        Message("user", "Well?"),
        Call("b", "f", '{"x'),
        CallOutput("a", "1"),
    )
    first, its_output, turn, second, missing = said(*lines)
    assert (first, its_output) == (call("a"), output("a", "1"))
    assert turn["role"] == "user"
    assert (second, missing) == (call("b"), output("b", "(no output yet)"))


def test_an_output_without_its_call_is_not_sent() -> None:
    assert said(CallOutput("a", "1")) == []


def test_fields_are_sent_where_they_say_something() -> None:
    assert request_body(Prompt(lines=()), "m") == {
        "model": "m",
        "input": [],
        "stream": True,
        "store": False,
    }
    full = Prompt(
        lines=(),
        instructions="Be brief.",
        tools=(Tool("f", "Does it.", {"type": "object", "properties": {"x": {}}}), Tool("g")),
        tool_choice="required",
        parallel_tool_calls=False,
        max_output_tokens=99,
        reasoning_effort="low",
        temperature=0.7,
    )
    body = request_body(full, "m")
    assert body["instructions"] == "Be brief."
    assert body["reasoning"] == {"effort": "low"}
    assert (body["max_output_tokens"], body["temperature"]) == (99, 0.7)
    assert (body["tool_choice"], body["parallel_tool_calls"]) == ("required", False)
    first, second = body["tools"]
    assert first == {
        "type": "function",
        "name": "f",
        "description": "Does it.",
        "parameters": {"type": "object", "properties": {"x": {}}},
        "strict": False,
    }
    assert second["parameters"] == {"type": "object", "properties": {}}


@pytest.mark.parametrize(
    ("choice", "told"),
    [("auto", None), ("=f", {"type": "function", "name": "f"}), ("required", "required")],
)
def test_tool_choice(choice: str, told: object) -> None:
    body = request_body(Prompt(lines=(), tools=(Tool("f"),), tool_choice=choice), "m")
    assert body.get("tool_choice") == told


def test_none_is_said_by_offering_nothing() -> None:
    assert "tools" not in request_body(
        Prompt(lines=(), tools=(Tool("f"),), tool_choice="none"), "m"
    )
