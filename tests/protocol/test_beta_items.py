"""Items in beta: another name for what the assistant says, and nothing else."""

from typing import Any

import msgspec
import pytest

from repartee.protocol import items
from repartee.protocol.beta_items import Item, Message, read_item, write_item

CALL = {"type": "function_call", "call_id": "call_1", "name": "look", "arguments": "{}"}
OUTPUT = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
PARTS: list[tuple[dict[str, Any], dict[str, Any]]] = [  # in beta, in GA
    ({"type": "text", "text": "Hi."}, {"type": "output_text", "text": "Hi."}),
    ({"type": "audio", "transcript": "Hi."}, {"type": "output_audio", "transcript": "Hi."}),
    ({"type": "audio"}, {"type": "output_audio"}),
    ({"type": "input_text", "text": "Hi."}, {"type": "input_text", "text": "Hi."}),
    (
        {"type": "input_audio", "transcript": None, "audio": "AAA="},
        {"type": "input_audio", "transcript": None, "audio": "AAA="},
    ),
]


def message(part: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"type": "message", "role": "assistant", "content": [part], **members}


@pytest.mark.parametrize(("beta", "ga"), PARTS)
def test_parts_are_renamed_both_ways(beta: dict[str, Any], ga: dict[str, Any]) -> None:
    read = read_item(msgspec.convert(message(beta), Item))
    assert read == msgspec.convert(message(ga), items.Item)
    assert msgspec.to_builtins(write_item(read))["content"] == [beta]


def test_what_stands_around_the_parts_is_kept() -> None:
    whole = message(PARTS[0][0], id="item_1", object="realtime.item", status="incomplete")
    item = msgspec.convert(whole, Message)
    assert write_item(read_item(item)) == item


@pytest.mark.parametrize("whole", [CALL, OUTPUT])
def test_calls_are_the_same_in_both(whole: dict[str, Any]) -> None:
    item = msgspec.convert(whole, Item)
    assert read_item(item) is item
    assert write_item(item) is item


@pytest.mark.parametrize("kind", ["output_text", "output_audio"])
def test_ga_names_are_none_of_beta(kind: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=kind):
        msgspec.convert(message({"type": kind, "text": "Hi."}), Item)
