"""What clients do to the conversation, where it differs by format; the rest is in test_session."""

import base64

import pytest

from plays import create, sound
from repartee.protocol.audio import Encoding
from repartee.protocol.client import ConversationItemCreate
from repartee.protocol.config import Config
from repartee.protocol.items import InputAudio, ItemReference, Message
from repartee.protocol.server import ConversationItemRetrieved
from repartee.session.bounds import Bounds, estimate_tokens
from repartee.session.commands import Hear, Show
from repartee.session.conversation import Conversation, Entry
from repartee.session.editor import Editor
from repartee.session.hearing import Hearing
from repartee.session.outbox import Outbox
from stage import FRAME, Stage


class Desk:
    """An editor and what it works on."""

    def __init__(self) -> None:
        numbers = iter(range(100))
        self.outbox = Outbox(lambda prefix: f"{prefix}_{next(numbers)}")
        self.conversation = Conversation("conv_1")
        hearing = Hearing(Config(), self.conversation, self.outbox, estimate_tokens)
        self.editor = Editor(self.conversation, hearing, self.outbox, Bounds())

    def bring(self, encoding: Encoding) -> str:
        """A client's item with 256 bytes of sound; its id."""
        part = InputAudio(audio=bytes(256))
        event = ConversationItemCreate(Message(id="mine", role="user", content=[part]))
        assert self.editor.create(event, encoding) is None
        return "mine"


@pytest.mark.parametrize("encoding", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_sound_goes_to_the_recogniser_as_it_came(encoding: Encoding) -> None:
    desk = Desk()
    desk.bring(encoding)
    (hear,) = [output for output in desk.outbox.drain() if isinstance(output, Hear)]
    assert (hear.pcm, hear.encoding) == (bytes(256), encoding)
    (entry,) = desk.conversation.entries()
    assert entry.audio_ms == (256 / 48 if encoding == "audio/pcm" else 32)


@pytest.mark.parametrize("have", ["audio/pcm", "audio/pcmu", "audio/pcma"])
@pytest.mark.parametrize("wanted", ["audio/pcm", "audio/pcmu", "audio/pcma"])
def test_who_asks_in_another_format_is_shown_it_in_that(have: Encoding, wanted: Encoding) -> None:
    desk = Desk()
    item_id = desk.bring(have)
    desk.outbox.drain()
    assert desk.editor.retrieve(item_id, wanted) is None
    (output,) = desk.outbox.drain()
    if have == wanted:
        assert isinstance(output, ConversationItemRetrieved)
        assert output.item.content[0].audio == bytes(256)  # type: ignore[union-attr]
    else:
        assert isinstance(output, Show)
        assert (output.have, output.wanted) == (have, wanted)
        assert output.event.event_id.startswith("event_")


def test_an_item_whose_sound_is_not_kept_needs_no_other_format() -> None:
    desk = Desk()
    item_id = desk.bring("audio/pcm")
    desk.conversation.entries()[0].audio = None
    desk.outbox.drain()
    desk.editor.retrieve(item_id, "audio/pcmu")
    (output,) = desk.outbox.drain()
    assert isinstance(output, ConversationItemRetrieved)


def test_what_a_response_is_told_instead_leaves_the_conversation_alone() -> None:
    desk = Desk()
    known = ItemReference(desk.bring("audio/pcm"))
    own = Message(role="user", content=[InputAudio(audio=bytes(256))])
    context = desk.editor.context((known, own), "audio/pcmu")
    assert isinstance(context, tuple)
    assert [entry.encoding for entry in context] == ["audio/pcm", "audio/pcmu"]
    assert desk.conversation.entries() == context[:1]


def test_what_is_left_out_is_there_to_see_and_to_delete(stage: Stage) -> None:
    """B215"""
    item_id = create(stage, sound(id="mine"))[0]["item"]["id"]
    stage.settle()
    entry: Entry = stage.session._conversation.entries()[0]
    entry.dropped = True
    (retrieved,) = stage.client({"type": "conversation.item.retrieve", "item_id": item_id})
    assert base64.b64decode(retrieved["item"]["content"][0]["audio"]) == FRAME * 4
    assert create(stage, sound())[0]["previous_item_id"] == item_id
    (deleted,) = stage.client({"type": "conversation.item.delete", "item_id": item_id})
    assert deleted["item_id"] == item_id
    stage.settle()
