"""What an item tells by itself."""

from typing import Any

import pytest

from repartee.conformance.judges import items

AUDIO = {"type": "input_audio", "transcript": None}


def message(role: str, *content: dict[str, Any], status: str = "completed") -> items.Item:
    return {"type": "message", "role": role, "status": status, "content": list(content)}


def test_committed_audio() -> None:
    assert items.is_committed_audio(message("user", AUDIO))
    assert not items.is_committed_audio(message("user", AUDIO, AUDIO))
    assert not items.is_committed_audio(message("user", {"type": "input_audio"}))
    assert not items.is_committed_audio(message("system", AUDIO))
    assert not items.is_committed_audio(message("user", AUDIO, status="in_progress"))


@pytest.mark.parametrize(
    "item",
    [
        message("user", {"type": "input_audio"}),
        message("user", {"type": "input_text"}),
        message("assistant", {"type": "audio", "transcript": "x"}),
        message("system", {"type": "output_text", "text": "x"}),
    ],
)
def test_parts_that_a_role_cannot_have(item: items.Item) -> None:
    assert len(list(items.part_problems(item))) == 1


def test_a_retrieved_message_may_have_the_short_names() -> None:
    item = message("assistant", {"type": "audio", "transcript": "x", "audio": "AAAA"})
    assert not list(items.part_problems(item, retrieved=True))
    assert items.carries_audio(item)


def test_words_are_text_or_transcript() -> None:
    item = message("assistant", {"text": "a"}, {"transcript": "b"}, {"transcript": None})
    assert items.words(item) == ["a", "b", ""]


def test_items_that_are_no_messages_have_no_parts() -> None:
    call = {"type": "function_call", "name": "look"}
    assert not items.parts(call)
    assert items.same(call, {**call, "object": "realtime.item"})
    assert not items.same(call, {**call, "name": "leap"})
