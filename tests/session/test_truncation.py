"""Truncation: the client tells how much of the assistant's sound was heard."""

import base64

import pytest

from plays import (
    cancel,
    create,
    error,
    kinds,
    lines,
    respond,
    retrieve,
    sound,
    spoken,
    text,
    truncate,
)
from repartee.session.inputs import Said, Sounded
from stage import Stage


@pytest.mark.parametrize(
    ("end_ms", "heard"),
    [(0, ""), (1, "One. "), (100, "One. "), (101, "One. Two. "), (200, "One. Two. ")],
)
def test_the_model_knows_what_was_heard(stage: Stage, end_ms: int, heard: str) -> None:
    """B101, B102"""
    item_id = spoken(stage, "One. ", "Two. ")
    (truncated,) = truncate(stage, item_id, end_ms)
    assert (truncated["item_id"], truncated["content_index"]) == (item_id, 0)
    assert truncated["audio_end_ms"] == end_ms
    assert lines(stage) == [("assistant", heard)]
    (part,) = retrieve(stage, item_id)["content"]
    assert "transcript" not in part
    assert len(base64.b64decode(part["audio"])) == end_ms * 48


def test_truncation_past_the_end_is_told_and_done(stage: Stage) -> None:
    """B103, attack 59"""
    item_id = spoken(stage, "One. ")
    refused, truncated = stage.client(
        {
            "type": "conversation.item.truncate",
            "event_id": "mine",
            "item_id": item_id,
            "content_index": 0,
            "audio_end_ms": 150,
        }
    )
    assert refused["error"]["message"] == "Audio content of 100ms is already shorter than 150ms"
    assert (refused["error"]["code"], refused["error"]["event_id"]) == ("invalid_value", None)
    assert truncated["audio_end_ms"] == 100


def test_truncation_of_what_is_still_spoken(stage: Stage) -> None:
    """Within what was sent it is never an error."""
    ref = respond(stage)
    stage.say(ref, "One. ")
    item_id = stage.last("response.output_item.added")["item"]["id"]
    assert kinds(truncate(stage, item_id, 60)) == ["conversation.item.truncated"]
    stage.say(ref, "Two. ")
    cancel(stage)
    assert lines(stage) == [("assistant", "One. ")]


def test_truncation_before_any_sound(stage: Stage) -> None:
    """B106"""
    ref = respond(stage)
    stage.feed(Said(ref, "One. "))
    item_id = stage.last("response.output_item.added")["item"]["id"]
    refused = truncate(stage, item_id, 0)
    assert error(refused) == (None, None)
    assert refused[0]["error"]["message"] == "Only model output audio messages can be truncated"
    stage.feed(Sounded(ref, b"\0\0", 20, "One. "))
    assert kinds(truncate(stage, item_id, 0)) == ["conversation.item.truncated"]


@pytest.mark.parametrize("kind", ["user", "text", "call"])
def test_truncation_of_what_is_no_sound_of_the_model(stage: Stage, kind: str) -> None:
    """B105, attack 59"""
    call = {"type": "function_call", "name": "look", "arguments": "{}"}
    items = {"user": sound(), "text": text("Hi.", "assistant"), "call": call}
    item_id = create(stage, items[kind])[0]["item"]["id"]
    assert error(truncate(stage, item_id, 0)) == (None, None)


def test_truncation_of_another_part(stage: Stage) -> None:
    """B107"""
    item_id = spoken(stage, "One. ")
    assert error(truncate(stage, item_id, 50, index=1)) == ("invalid_value", "content_index")
