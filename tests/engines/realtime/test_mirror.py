"""A server's conversation is brought to what ours is, by as little as possible."""

from typing import Any

import pytest

from repartee.engines.realtime.mirror import Held, Mirror, Part
from repartee.protocol.prompt import Call, CallOutput, Line, Message, Sound

ONE, TWO, THREE = (Message("user", text, id=text) for text in ("One.", "Two.", "Three."))
HEARD = Message("user", "", sounds=(Sound(b"\1\0" * 9),), id="item_1")


def said(*words: str, name: str = "i", spoken: bool = True) -> Part:
    """An item of the model's: each word takes 100 ms."""
    return Part(name, [(index * 100.0, word) for index, word in enumerate(words)], spoken)


def answered(*parts: Part) -> Held:
    return Held(Message("assistant", ""), *parts)


def reply(text: str) -> Message:
    return Message("assistant", text, id="item_a")


class Conversation:
    """What a server makes of the events: ids in order."""

    def __init__(self) -> None:
        self.mirror = Mirror()
        self.ids: list[str] = []
        self.sent: list[dict[str, Any]] = []

    def add(self, *held: Held) -> None:
        self.mirror.add(held)
        self.ids += [part.id for each in held for part in each.parts]

    def hold(self, *lines: Line) -> list[str]:
        """Bring it to these lines; the types of the events that it took."""
        self.sent = list(self.mirror.catch_up(lines))
        for event in self.sent:
            match event["type"].removeprefix("conversation.item."):
                case "create":
                    before = event.get("previous_item_id")
                    place = len(self.ids) if before is None else 0
                    if before not in (None, "root"):
                        place = self.ids.index(before) + 1
                    self.ids.insert(place, event["item"]["id"])
                case "delete":
                    self.ids.remove(event["item_id"])
                case "truncate":
                    assert event["item_id"] in self.ids
        return [event["type"].removeprefix("conversation.item.") for event in self.sent]


def test_what_is_new_is_created_at_its_place() -> None:
    there = Conversation()
    assert there.hold(ONE, THREE) == ["create", "create"]
    assert there.hold(ONE, TWO, THREE) == ["create"]
    assert there.ids == ["line_1", "line_3", "line_2"]
    assert there.hold(reply("Zero."), ONE, TWO, THREE) == ["create"]
    assert there.ids == ["line_4", "line_1", "line_3", "line_2"]


def test_what_is_gone_is_deleted() -> None:
    there = Conversation()
    there.hold(ONE, TWO, THREE)
    assert there.hold(TWO) == ["delete", "delete"]
    assert there.ids == ["line_2"]
    assert there.hold() == ["delete"]
    assert there.ids == []


def test_nothing_is_done_where_nothing_has_changed() -> None:
    there = Conversation()
    there.hold(HEARD, ONE)
    assert there.hold(HEARD, ONE) == []


def test_another_sound_is_another_item() -> None:
    there = Conversation()
    there.hold(HEARD)
    assert there.hold(Message("user", "", sounds=(Sound(b"\2\0" * 9),), id="item_1")) == [
        "create",
        "delete",
    ]


@pytest.mark.parametrize(("name", "events"), [("item_1", []), ("item_2", ["create", "delete"])])
def test_sound_that_we_have_let_go_is_kept_there(name: str, events: list[str]) -> None:
    there = Conversation()
    there.hold(HEARD)
    assert there.hold(Message("user", "(gone)", id=name)) == events


def test_speech_that_was_heard_stays() -> None:
    there = Conversation()
    there.hold(ONE)
    there.add(answered(said("Yes,", " sure.")))
    assert there.hold(ONE, reply("Yes, sure."), TWO) == ["create"]
    assert there.ids == ["line_1", "i", "line_2"]


def test_speech_is_cut_where_the_first_word_begins_that_was_not_heard() -> None:
    there = Conversation()
    there.add(answered(said("Yes,", " sure", " thing.")))
    assert there.hold(reply("Yes, sure")) == ["truncate"]
    assert (there.sent[0]["audio_end_ms"], there.sent[0]["content_index"]) == (200, 0)
    assert there.hold(reply("Yes, sure")) == []
    assert there.hold(reply("Yes,")) == ["truncate"]
    assert there.sent[0]["audio_end_ms"] == 100


def test_an_answer_in_several_items_is_one_message() -> None:
    there = Conversation()
    there.add(answered(said("Yes.", name="i"), said(" Or", " no.", name="j"), said("!", name="k")))
    assert there.hold(reply("Yes. Or")) == ["truncate", "delete"]
    assert there.ids == ["i", "j"]
    assert there.hold(reply("Yes.")) == ["delete"]
    assert there.ids == ["i"]


def test_writing_cannot_be_cut_and_is_written_anew() -> None:
    there = Conversation()
    there.add(answered(said("Yes,", " sure.", spoken=False)))
    assert there.hold(reply("Yes,")) == ["create", "delete"]
    assert there.sent[0]["item"]["content"] == [{"type": "output_text", "text": "Yes,"}]


def test_what_was_not_heard_at_all_is_gone() -> None:
    there = Conversation()
    there.add(answered(said("Yes.")))
    assert there.hold(reply(""), ONE) == ["create", "delete"]
    assert there.ids == ["line_1"]


def test_an_item_without_words_is_nothing() -> None:
    there = Conversation()
    there.add(answered(Part("i")))
    assert there.hold(ONE) == ["create", "delete"]


def test_outputs_go_by_the_servers_names_of_calls() -> None:
    there = Conversation()
    held = Held(Call("theirs", "look", ""), Part("c"))
    held.extend('{"at":')
    held.extend("1}")
    there.add(held)
    call = Call("ours", "look", '{"at":1}')
    assert there.hold(call, CallOutput("ours", "42")) == ["create"]
    assert there.sent[0]["item"]["call_id"] == "theirs"
    there.hold(call, CallOutput("ours", "42"), Call("mine", "look", "{}"), CallOutput("mine", "1"))
    assert [event["item"]["call_id"] for event in there.sent] == ["mine", "mine"]
