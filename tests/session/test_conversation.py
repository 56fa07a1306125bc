"""Items in order, their sound, and what a model is told of them."""

import pytest

from repartee.protocol import audio
from repartee.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
    Part,
)
from repartee.protocol.prompt import Call, CallOutput, Line
from repartee.protocol.prompt import Message as Spoken
from repartee.session import conversation as module
from repartee.session.conversation import Conversation, Entry, sound_of, without_sound


def user(*parts: Part, item_id: str = "user") -> Entry:
    return Entry(Message(id=item_id, role="user", content=list(parts)))


def answer(*words: str) -> Entry:
    """The assistant's sound: 20 ms a character."""
    text = "".join(words)
    item = Message(id="answer", role="assistant", content=[OutputAudio(transcript=text)])
    entry = Entry(item)
    for one in words:
        length_ms = 20 * len(one)
        entry.sound(b"\2\0" * (audio.size(length_ms) // 2), length_ms, one)
    return entry


def typed(item_id: str) -> Entry:
    return user(InputText(text=item_id), item_id=item_id)


def filled(*ids: str) -> Conversation:
    conversation = Conversation("conv_1")
    for item_id in ids:
        conversation.add(typed(item_id))
    return conversation


def order(conversation: Conversation) -> list[str]:
    return [entry.id for entry in conversation.entries()]


@pytest.mark.parametrize(
    ("after", "previous", "ids"),
    [
        (None, "b", ["a", "b", "new"]),
        ("root", None, ["new", "a", "b"]),
        ("a", "a", ["a", "new", "b"]),
        ("b", "b", ["a", "b", "new"]),
    ],
)
def test_an_item_goes_where_it_was_asked_to(
    after: str | None, previous: str | None, ids: list[str]
) -> None:
    """B086"""
    conversation = filled("a", "b")
    new = typed("new")
    assert conversation.add(new, after) == previous
    assert order(conversation) == ids
    assert conversation.previous_id(new) == previous
    assert conversation.find("new") is new
    assert "new" in conversation


def test_the_first_item_has_none_before_it() -> None:
    assert Conversation("conv_1").add(typed("a")) is None
    assert Conversation("conv_1").last_id is None


def test_what_is_deleted_is_gone() -> None:
    """B096"""
    conversation = filled("a", "b", "c")
    gone = conversation.find("b")
    assert gone is not None
    conversation.delete("b")
    assert order(conversation) == ["a", "c"]
    assert "b" not in conversation
    assert conversation.find("b") is None
    assert conversation.previous_id(gone) is None
    conversation.delete("c")
    assert conversation.last_id == "a"
    assert conversation.add(typed("d")) == "a"


def test_calls_are_known_by_their_ids() -> None:
    conversation = filled("a")
    conversation.add(Entry(FunctionCall(id="b", call_id="call_1", name="look", arguments="{}")))
    assert conversation.calls() == {"call_1"}


def test_assistant_audio_is_sound_and_not_the_mere_promise_of_it() -> None:
    """B030"""
    conversation = filled("a")
    promised = Entry(Message(id="b", role="assistant", content=[OutputAudio(transcript="H")]))
    conversation.add(promised)
    assert not conversation.has_assistant_audio
    promised.sound(b"\0\0", 1, "H")
    assert conversation.has_assistant_audio


def test_sound_is_kept_within_its_bound_and_the_oldest_goes_first(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "RETAINED_BYTES", 10)
    conversation = Conversation("conv_1")
    for item_id in "abc":
        entry = user(InputAudio(), item_id=item_id)
        entry.audio = bytearray(4)
        conversation.add(entry)
    kept = {entry.id: entry.audio is not None for entry in conversation.entries()}
    assert kept == {"a": False, "b": True, "c": True}
    assert conversation.entries()[0].retrieved() == conversation.entries()[0].item


@pytest.mark.parametrize(
    ("item", "line"),
    [
        (Message(id="a", role="system", content=[InputText(text="Hi.")]), Spoken("system", "Hi.")),
        (
            Message(id="a", role="assistant", content=[OutputText(text="Hi.")]),
            Spoken("assistant", "Hi."),
        ),
        (
            Message(
                id="a",
                role="user",
                content=[InputText(text="See: "), InputImage(image_url="data:1")],
            ),
            Spoken("user", "See: ", ("data:1",)),
        ),
        (
            FunctionCall(id="a", call_id="call_1", name="look", arguments="{}"),
            Call("call_1", "look", "{}"),
        ),
        (FunctionCallOutput(id="a", call_id="call_1", output="42"), CallOutput("call_1", "42")),
    ],
)
def test_what_the_model_is_told(item: Item, line: Line) -> None:
    assert Entry(item).line() == line


def test_of_the_users_sound_the_model_is_told_the_words() -> None:
    entry = user(InputAudio())
    assert entry.line() == Spoken("user", "")
    entry.transcript = "Hello."
    assert entry.line() == Spoken("user", "Hello.")


@pytest.mark.parametrize(
    ("end_ms", "heard"),
    [
        (None, "One. Two. "),
        (200, "One. Two. "),
        (101, "One. Two. "),
        (100, "One. "),
        (1, "One. "),
        (0, ""),
    ],
)
def test_of_the_assistants_sound_only_what_was_heard_counts(end_ms: int | None, heard: str) -> None:
    entry = answer("One. ", "Two. ")
    if end_ms is not None:
        entry.truncate(end_ms)
    assert entry.line() == Spoken("assistant", heard)


def test_truncation_takes_the_transcript_and_the_sound_behind_it() -> None:
    """B102"""
    entry = answer("One. ", "Two. ")
    entry.truncate(60)
    assert isinstance(entry.item, Message)
    assert entry.item.content == [OutputAudio()]
    retrieved = entry.retrieved()
    assert isinstance(retrieved, Message)
    assert retrieved.content == [OutputAudio(audio=b"\2\0" * 60 * 24)]


def test_what_was_cut_off_does_not_come_back() -> None:
    entry = answer("One. ", "Two. ")
    entry.truncate(60)
    entry.truncate(150)
    assert (entry.remaining_ms, entry.heard()) == (60, "One. ")
    entry.sound(b"\2\0", 100, "Three. ")
    assert (entry.remaining_ms, entry.heard(), len(entry.audio or b"")) == (60, "One. ", 60 * 48)


def test_an_item_that_goes_on_is_heard_up_to_where_it_was_truncated() -> None:
    entry = answer("One. ")
    entry.truncate(100)
    entry.sound(b"\2\0", 100, "Two. ")
    assert entry.heard() == "One. "


@pytest.mark.parametrize(
    ("entry", "spoken"),
    [
        (answer("a"), True),
        (user(InputAudio()), False),
        (Entry(Message(id="a", role="assistant", content=[OutputText(text="a")])), False),
        (Entry(FunctionCall(id="a", name="look", arguments="")), False),
    ],
)
def test_what_is_spoken(entry: Entry, spoken: bool) -> None:
    """B105"""
    assert entry.spoken is spoken


def test_retrieval_shows_sound_and_events_do_not() -> None:
    """B064, B100"""
    entry = user(InputText(text="Hear: "), InputAudio(transcript=None))
    assert entry.retrieved() == entry.item
    entry.audio = bytearray(b"\1\0")
    retrieved = entry.retrieved()
    assert isinstance(retrieved, Message)
    assert retrieved.content == [
        InputText(text="Hear: "),
        InputAudio(transcript=None, audio=b"\1\0"),
    ]
    assert without_sound(retrieved) == entry.item


def test_calls_have_no_sound() -> None:
    call = FunctionCall(id="a", name="look", arguments="")
    assert without_sound(call) is call
    assert Entry(call).retrieved() is call


def test_sound_of_parts() -> None:
    parts: list[Part] = [
        InputText(text="a"),
        InputAudio(audio=b"\1\0"),
        InputAudio(audio=b"\2\0"),
        InputAudio(),
    ]
    assert sound_of(parts) == b"\1\0\2\0"
