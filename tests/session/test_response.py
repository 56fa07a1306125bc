"""One response: its ladder of events."""

from itertools import count
from typing import Any

import msgspec
import pytest

from repartee.protocol.client import ResponseConfig
from repartee.protocol.items import Message, OutputAudio
from repartee.protocol.server import ServerEvent, StatusDetails
from repartee.session.conversation import Conversation, Entry
from repartee.session.outbox import Outbox
from repartee.session.playback import Playback
from repartee.session.response import Ending, Response
from stage import Stage

TEXT = ResponseConfig(output_modalities=("text",))
AUDIO = ResponseConfig()


class Told:
    """A response and what it says, without the "response." that most names begin with."""

    def __init__(self, config: ResponseConfig = AUDIO, *, beside: bool = False) -> None:
        numbers = count(1)
        self.outbox = Outbox(lambda prefix: f"{prefix}_{next(numbers)}")
        self.conversation = Conversation("conv_1")
        self.conversation.add(Entry(Message(id="user", role="user", content=[])))
        home = None if beside else self.conversation
        playback = Playback(self.conversation, self.outbox)
        self.response = Response("resp_1", config, (), home, self.outbox, playback)

    def events(self) -> list[dict[str, Any]]:
        outputs = self.outbox.drain()
        assert all(isinstance(output, ServerEvent) for output in outputs)
        return [msgspec.json.decode(msgspec.json.encode(output)) for output in outputs]

    def kinds(self) -> list[str]:
        return [event["type"].removeprefix("response.") for event in self.events()]

    def end(self, status: Ending = "completed") -> list[dict[str, Any]]:
        self.response.end(status, None, None)
        return self.events()


def test_it_begins_empty() -> None:
    """B108, B135"""
    told = Told(ResponseConfig(metadata={"topic": "side"}, max_output_tokens=20))
    told.response.begin()
    created, limits = told.events()
    assert created["response"] == {
        "object": "realtime.response",
        "id": "resp_1",
        "status": "in_progress",
        "status_details": None,
        "output": [],
        "conversation_id": "conv_1",
        "output_modalities": ["audio"],
        "max_output_tokens": 20,
        "audio": {
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
        },
        "usage": None,
        "metadata": {"topic": "side"},
    }
    assert (limits["type"], limits["rate_limits"]) == ("rate_limits.updated", [])


def test_the_ladder_of_a_spoken_message() -> None:
    """B109, B115, B116 and D3"""
    told = Told()
    told.response.say("Hello. ")
    told.response.sound(b"\0\0", 20, "Hello. ")
    told.response.say("Bye.")
    told.response.sound(b"\0\0", 20, "Bye.")
    told.response.end("completed", None, None)
    assert told.kinds() == [
        "output_item.added",
        "conversation.item.added",
        "content_part.added",
        "output_audio_transcript.delta",
        "output_audio.delta",
        "output_audio_transcript.delta",
        "output_audio.delta",
        "output_audio.done",
        "output_audio_transcript.done",
        "content_part.done",
        "output_item.done",
        "conversation.item.done",
        "done",
    ]


def test_the_ladder_of_a_written_message() -> None:
    """B130 and D5"""
    told = Told(TEXT)
    told.response.say("Hello. ")
    told.response.end("completed", None, None)
    assert told.kinds() == [
        "output_item.added",
        "conversation.item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "conversation.item.done",
        "done",
    ]


def test_the_ladder_of_a_call() -> None:
    """B167 and D6"""
    told = Told()
    told.response.call("0", "look", "")
    told.response.call("0", "", '{"at": ')
    told.response.call("0", "", '"it"}')
    told.response.end("completed", None, None)
    assert told.kinds() == [
        "output_item.added",
        "conversation.item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
        "conversation.item.done",
        "done",
    ]


@pytest.mark.parametrize("config", [AUDIO, TEXT], ids=["audio", "text"])
def test_an_item_begins_empty_and_in_progress(config: ResponseConfig) -> None:
    """B109, B111, B112"""
    told = Told(config)
    told.response.say("Hello. ")
    added, known, part = told.events()[:3]
    item = {
        "type": "message",
        "id": added["item"]["id"],
        "object": "realtime.item",
        "status": "in_progress",
        "role": "assistant",
        "content": [],
    }
    assert added["item"] == known["item"] == item
    assert known["previous_item_id"] == "user"
    assert part["part"] == (
        {"type": "audio", "transcript": ""} if config is AUDIO else {"type": "text", "text": ""}
    )


@pytest.mark.parametrize("config", [AUDIO, TEXT], ids=["audio", "text"])
def test_what_is_whole_is_the_sum_of_its_pieces(config: ResponseConfig) -> None:
    """B114"""
    told = Told(config)
    for piece in ("Hello ", "", "there."):
        told.response.say(piece)
    events = told.events() + told.end()
    member = "transcript" if config is AUDIO else "text"
    deltas = "".join(event["delta"] for event in events if event["type"].endswith(".delta"))
    part = next(event for event in events if event["type"] == "response.content_part.done")["part"]
    item = next(event for event in events if event["type"] == "response.output_item.done")["item"]
    done = next(event for event in events if event["type"].endswith(f"{member}.done"))
    assert deltas == part[member] == item["content"][0][member] == done[member] == "Hello there."
    assert item["content"][0]["type"] == ("output_audio" if config is AUDIO else "output_text")
    assert part["type"] == ("audio" if config is AUDIO else "text")


def test_the_arguments_are_the_sum_of_their_pieces() -> None:
    """B114, B167, B168"""
    told = Told()
    told.response.call("0", "look", '{"at": ')
    told.response.call("0", "", '"it"}')
    events = told.events() + told.end()
    by_kind = {event["type"].removeprefix("response."): event for event in events}
    added = by_kind["output_item.added"]["item"]
    assert (added["name"], added["arguments"], added["status"]) == ("look", "", "in_progress")
    done = by_kind["function_call_arguments.done"]
    assert (done["name"], done["arguments"]) == ("look", '{"at": "it"}')
    item = by_kind["output_item.done"]["item"]
    assert item == {**added, "arguments": '{"at": "it"}', "status": "completed"}
    assert by_kind["done"]["response"]["output"] == [item]
    assert done["call_id"] == item["call_id"]


def test_items_follow_one_another() -> None:
    """B172: the message at 0 is closed before the first call opens at 1, and that before 2."""
    told = Told()
    told.response.say("One moment. ")
    told.response.call("a", "look", "{}")
    told.response.call("b", "look", "{}")
    events = told.events() + told.end()
    indexed = [
        (event["type"].removeprefix("response.output_item."), event["output_index"])
        for event in events
        if event["type"].startswith("response.output_item.")
    ]
    assert indexed == [
        ("added", 0), ("done", 0), ("added", 1), ("done", 1), ("added", 2), ("done", 2),
    ]  # fmt: skip
    assert len(events[-1]["response"]["output"]) == 3
    assert [entry.id for entry in told.conversation.entries()][1:] == [
        item["id"] for item in events[-1]["response"]["output"]
    ]


def test_words_after_a_call_are_another_message() -> None:
    told = Told(TEXT)
    told.response.call("a", "look", "{}")
    told.response.say("So.")
    output = told.end()[-1]["response"]["output"]
    assert [(item["type"], item["status"]) for item in output] == [
        ("function_call", "completed"),
        ("message", "completed"),
    ]


@pytest.mark.parametrize("status", ["cancelled", "incomplete", "failed"])
def test_what_is_broken_off_is_closed_as_incomplete(status: Ending) -> None:
    """B132, B142: with what was said of it."""
    told = Told()
    told.response.say("Hello ")
    events = told.end(status)
    by_kind = {event["type"]: event for event in events}
    item = by_kind["response.output_item.done"]["item"]
    assert item["status"] == "incomplete"
    assert item["content"] == [{"type": "output_audio", "transcript": "Hello "}]
    assert by_kind["conversation.item.done"]["item"] == item
    assert by_kind["response.done"]["response"]["status"] == status


def test_it_ends_with_its_reason() -> None:
    told = Told()
    told.response.end("cancelled", StatusDetails(type="cancelled", reason="turn_detected"), None)
    (done,) = told.events()
    assert done["response"]["status_details"] == {"type": "cancelled", "reason": "turn_detected"}
    assert done["response"]["output"] == []


def test_beside_the_conversation() -> None:
    """B123 and D11"""
    told = Told(beside=True)
    told.response.begin()
    told.response.say("Hello. ")
    told.response.call("a", "look", "{}")
    events = told.events() + told.end()
    assert not any(event["type"].startswith("conversation.") for event in events)
    assert events[0]["response"]["conversation_id"] is None
    assert events[-1]["response"]["conversation_id"] is None
    assert [entry.id for entry in told.conversation.entries()] == ["user"]


def test_an_item_that_was_deleted_on_the_way_is_closed_in_the_response_alone() -> None:
    told = Told()
    told.response.say("Hello. ")
    told.conversation.delete(told.response.output[0].id)
    kinds = [event["type"] for event in told.end()]
    assert "response.output_item.done" in kinds
    assert "conversation.item.done" not in kinds


def test_sound_is_not_in_any_item() -> None:
    """B100, B118"""
    told = Told()
    told.response.say("Hello. ")
    told.response.sound(b"\1\0", 20, "Hello. ")
    events = told.events() + told.end()
    assert [event["delta"] for event in events if event["type"].endswith("audio.delta")] == ["AQA="]
    items = [event["item"] for event in events if "item" in event]
    parts = [part for item in items for part in item.get("content", [])]
    assert parts
    assert all("audio" not in part for part in parts)
    assert events[-1]["response"]["output"] == [items[-1]]


def test_words_may_trail_without_sound() -> None:
    told = Told()
    told.response.say("Hello. ")
    told.events()
    told.response.sound(b"", 0, "Hello. ")
    assert told.events() == []
    assert told.response.output[0].marks == [(0.0, "Hello. ")]


def test_a_truncated_item_that_goes_on_stays_truncated() -> None:
    """Its transcript is gone for the conversation, not for the response that still writes it."""
    told = Told()
    told.response.say("Hello. ")
    told.response.sound(b"\0\0" * 24 * 100, 100, "Hello. ")
    entry = told.response.output[0]
    entry.truncate(50)
    told.response.say("Bye.")
    told.response.sound(b"\0\0" * 24 * 100, 100, "Bye.")
    assert isinstance(entry.item, Message)
    assert entry.item.content == [OutputAudio()]
    assert entry.heard() == "Hello. "
    told.end()
    assert entry.item.content == [OutputAudio()]


def test_what_was_said_is_not_changed_by_what_follows() -> None:
    """Events are encoded later than they are made."""
    told = Told()
    told.response.say("Hello. ")
    outputs = told.outbox.drain()
    before = [msgspec.json.encode(output) for output in outputs]
    told.response.say("Bye.")
    told.response.end("completed", None, None)
    assert [msgspec.json.encode(output) for output in outputs] == before


def test_the_sound_that_is_kept_is_bounded_when_an_answer_has_grown(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repartee.session.conversation.RETAINED_BYTES", 100)
    stage = Stage()
    stage.client({"type": "response.create"})
    ref = next(iter(stage.replies))
    stage.say(ref, "Hello.")
    stage.finish(ref)
    item_id = stage.last("response.output_item.done")["item"]["id"]
    stage.client({"type": "conversation.item.retrieve", "item_id": item_id})
    part = stage.last("conversation.item.retrieved")["item"]["content"][0]
    assert part == {"type": "output_audio", "transcript": "Hello."}
