"""Items and their order."""

import json

import pytest

from conformance.judging import (
    Broken,
    add,
    breaks,
    drop,
    judge,
    move,
    put,
    repeat,
    rules_broken,
)
from conformance.scenes import barge_in, conversation, manual_commit, text_turn
from conformance.sessions import WRITTEN
from conformance.traces import Script

ADDED, DONE = "conversation.item.added", "conversation.item.done"
STRANGER = {
    "id": "item_9",
    "type": "message",
    "role": "user",
    "status": "completed",
    "content": [],
}


def uploaded() -> Script:
    """The client uploads audio, which is kept, but not shown."""
    script = Script().connect()
    content = [{"type": "input_audio", "transcript": "Hi", "audio": "AAAA"}]
    script.client(
        "conversation.item.create", item={"type": "message", "role": "user", "content": content}
    )
    item = {"id": "item_1", "type": "message", "role": "user", "status": "completed"}
    script.place({**item, "content": [{"type": "input_audio", "transcript": "Hi"}]}, None)
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("item-order", conversation, put(ADDED, "previous_item_id", None, nth=-1)),
        breaks("item-order", conversation, put(DONE, "previous_item_id", "item_1", nth=-1)),
        breaks("item-order", manual_commit, put(ADDED, "previous_item_id", None, nth=-1)),
        breaks("item-duplicate", text_turn, repeat(ADDED, nth=-1)),
        breaks("item-done", conversation, drop(DONE)),
        breaks("item-done", conversation, drop(DONE, nth=-1)),
        breaks("item-done", text_turn, repeat(DONE, nth=0)),
        breaks("item-done", text_turn, put(DONE, "item.content.0.text", "Bye")),
        breaks(
            "item-done", text_turn, move(DONE, 0, before="conversation.item.added", nth_before=1)
        ),
        breaks("item-known", text_turn, add(DONE, item=STRANGER)),
        breaks(
            "item-audio",
            uploaded,
            put(ADDED, "item.content.0.audio", "AAAA"),
            put(DONE, "item.content.0.audio", "AAAA"),
        ),
        breaks(
            "retrieved",
            manual_commit,
            put("conversation.item.retrieved", "item.content.0.audio", ...),
        ),
        breaks(
            "truncated-transcript",
            barge_in,
            put("conversation.item.retrieved", "item.content.0.transcript", "Once upon a time"),
        ),
        breaks(
            "item-parts",
            manual_commit,
            put("conversation.item.retrieved", "item.content.0.type", "output_audio"),
        ),
    ],
)
def test_items(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


def test_an_item_that_is_deleted_while_it_is_made_owes_nothing() -> None:
    script = Script(WRITTEN).connect()
    script.respond()
    item = script.message_begins("text")
    script.client("conversation.item.delete", item_id=item["id"])
    script.server("conversation.item.deleted", item_id=item["id"])
    script.part("output_text.done", item["id"], text="")
    script.part("content_part.done", item["id"], part={"type": "text", "text": ""})
    done = {**item, "status": "completed", "content": [{"type": "output_text", "text": ""}]}
    script.server("response.output_item.done", response_id="resp_1", output_index=0, item=done)
    script.outputs.append(done)
    script.end()
    assert not judge(script.steps)


def test_committed_audio_shows_that_its_transcript_is_null() -> None:
    script = manual_commit()
    steps = [(side, json.loads(json.dumps(event))) for side, event in script.steps]
    put(ADDED, "item.content.0.transcript", ...)(steps)
    put(DONE, "item.content.0.transcript", ...)(steps)
    assert {violation.rule for violation in judge(steps)} == {"item-parts", "user-audio"}


def test_an_uploaded_item_is_faultless() -> None:
    assert not judge(uploaded().steps)


def test_items_of_tool_servers_come_from_the_server() -> None:
    script = Script().connect()
    tools = {"id": "mcp_1", "type": "mcp_list_tools", "server_label": "shop", "tools": []}
    script.server("conversation.item.added", previous_item_id=None, item=tools)
    for state in ("in_progress", "completed"):
        script.server(f"mcp_list_tools.{state}", item_id="mcp_1")
    script.server("conversation.item.done", previous_item_id=None, item=tools)
    assert not judge(script.steps)
    add("conversation.item.done", item={**tools, "id": "mcp_2"})(script.steps)
    assert [violation.rule for violation in judge(script.steps)] == ["item-known"]
