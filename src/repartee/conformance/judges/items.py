"""What can be said of a conversation item by looking at it alone."""

import binascii
from collections.abc import Iterator
from typing import Any

Item = dict[str, Any]
Event = dict[str, Any]

_PART_TYPES = {
    "system": frozenset({"input_text"}),
    "user": frozenset({"input_text", "input_audio", "input_image"}),
    "assistant": frozenset({"output_text", "output_audio"}),
}

# A public example of conversation.item.retrieved has the short names, so both are accepted there.
_RETRIEVED_TYPES = {**_PART_TYPES, "assistant": _PART_TYPES["assistant"] | {"text", "audio"}}

_TEXT_PARTS = frozenset({"input_text", "output_text", "text"})


def parts(item: Item) -> list[dict[str, Any]]:
    """The content parts of a message; other items have none."""
    content: list[dict[str, Any]] = item["content"] if item["type"] == "message" else []
    return content


def carries_audio(item: Item) -> bool:
    """Whether a part of the item holds audio bytes."""
    return any(part.get("audio") for part in parts(item))


def audio(item: Item) -> Iterator[bytes]:
    """The audio bytes of each part that has some; what is no base64 counts as none."""
    for part in parts(item):
        try:
            sound = binascii.a2b_base64(str(part.get("audio") or ""), strict_mode=True)
        except ValueError:
            continue
        if sound:
            yield sound


def is_committed_audio(item: Item) -> bool:
    """Whether the item is what a commit makes: user, completed, one part not yet transcribed."""
    content = parts(item)
    return (
        item.get("role") == "user"
        and item["status"] == "completed"
        and [part["type"] for part in content] == ["input_audio"]
        and content[0].get("transcript", "") is None
    )


def part_problems(item: Item, retrieved: bool = False) -> Iterator[str]:
    """Parts that an item of this role cannot hold, and members that its parts lack."""
    allowed = (_RETRIEVED_TYPES if retrieved else _PART_TYPES)[item.get("role", "user")]
    for place, part in enumerate(parts(item)):
        kind = part["type"]
        if kind not in allowed:
            yield f"content[{place}] of a {item['role']} message is of type {kind!r}"
        elif kind in _TEXT_PARTS and not isinstance(part.get("text"), str):
            yield f"content[{place}] of type {kind!r} has no text"
        elif kind == "input_audio" and "transcript" not in part:
            # agents-js throws an uncaught error when the member is not there at all.
            yield f"content[{place}] of type 'input_audio' lacks an explicit transcript"


def words(item: Item) -> list[str]:
    """The text or transcript of each part; "" where a truncation has removed it."""
    return [part.get("text") or part.get("transcript") or "" for part in parts(item)]


def same(one: Item, other: Item) -> bool:
    """Whether two events tell the same item; `object` is optional in each of them."""
    return _essence(one) == _essence(other)


def _essence(item: Item) -> Item:
    return {key: value for key, value in item.items() if key != "object"}
