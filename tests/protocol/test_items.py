"""Items of the conversation, as clients write and read them."""

from typing import Any

import msgspec
import pytest

from repartee.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    Item,
    ItemReference,
    Message,
    OutputAudio,
    OutputText,
    Part,
)

SHAPES: list[dict[str, Any]] = [
    {"role": "system", "content": [{"type": "input_text", "text": "Be brief."}]},
    {"role": "user", "content": [{"type": "input_text", "text": "Hello."}]},
    {"role": "user", "content": [{"type": "input_audio", "audio": "AAA="}]},
    {
        "role": "user",
        "content": [{"type": "input_image", "image_url": "data:image/png;base64,AAAA"}],
    },
    {"role": "assistant", "content": [{"type": "output_text", "text": "Hello."}]},
]


@pytest.mark.parametrize("shape", SHAPES)
def test_messages(shape: dict[str, Any]) -> None:
    """B089, B091"""
    item = msgspec.convert({"type": "message", **shape}, Item)
    assert isinstance(item, Message)
    assert item.role == shape["role"]


@pytest.mark.parametrize("name", ["id", "object", "status"])
def test_what_the_server_gives_may_be_null(name: str) -> None:
    whole: dict[str, Any] = {"type": "message", "role": "user", "content": [], name: None}
    assert getattr(msgspec.convert(whole, Message), name) is None


@pytest.mark.parametrize(
    "part",
    [
        {"type": "input_audio", "audio": "AAA=", "transcript": None},
        {"type": "input_image", "image_url": "data:image/png;base64,AAAA", "detail": None},
        {"type": "output_audio", "transcript": None, "audio": None},
    ],
    ids=lambda part: str(part["type"]),
)
def test_a_null_is_as_if_absent(part: dict[str, Any]) -> None:
    said = {name: value for name, value in part.items() if value is not None}
    assert msgspec.convert(part, Part) == msgspec.convert(said, Part)


def test_calls_and_their_outputs() -> None:
    call = {"type": "function_call", "name": "look", "arguments": "{}"}
    assert msgspec.convert(call, Item) == FunctionCall(name="look", arguments="{}")
    output = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
    assert msgspec.convert(output, Item) == FunctionCallOutput(call_id="call_1", output="42")


def test_a_reference() -> None:
    reference = {"type": "item_reference", "id": "item_1"}
    assert msgspec.convert(reference, Item | ItemReference) == ItemReference(id="item_1")


@pytest.mark.parametrize(
    ("part", "shown"),
    [
        pytest.param(
            InputAudio(), {"type": "input_audio", "transcript": None}, id="transcript null is told"
        ),
        pytest.param(OutputAudio(), {"type": "output_audio"}, id="a lost transcript is not"),
        pytest.param(
            OutputAudio(transcript=""), {"type": "output_audio", "transcript": ""}, id="an empty is"
        ),
        pytest.param(OutputText(text=""), {"type": "output_text", "text": ""}, id="text"),
    ],
)
def test_parts_show_what_applies(part: Part, shown: dict[str, Any]) -> None:
    """B056, B112, B113"""
    assert msgspec.to_builtins(part) == shown
