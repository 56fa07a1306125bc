"""The conversation: items in order, and what a language model is told of them.

An item on the wire and what the model believes differ in two places: the words of the user's
sound come from the recogniser whether or not the client asked to see them, and of the
assistant's sound only what was heard counts.
"""

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import UNSET, structs

from repartee.protocol.audio import RETAINED_BYTES, Encoding, size
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
from repartee.protocol.prompt import FORGOTTEN, Call, CallOutput, Line, Sound
from repartee.protocol.prompt import Message as Spoken
from repartee.session.inputs import Failed


class Extent(NamedTuple):
    """Characters of text and bytes of pictures that a client's own items take."""

    text: int = 0
    images: int = 0


class Entry:
    """An item, its sound, and what is known of its words."""

    def __init__(self, item: Item) -> None:
        assert item.id is not None, "an item enters the conversation with its id"
        self.id: str = item.id
        self.item = item
        self.audio: bytearray | bytes | None = None  # `bytes` of the user, which never change
        self.encoding: Encoding = "audio/pcm"  # of the sound kept
        self.audio_ms = 0.0  # how much sound it ever had, kept for retrieve or not
        self.transcript: str | None = None  # the words of the user's sound, once recognised
        self.awaited = False  # whether a recognition is still to tell them
        self.failed: Failed | None = None  # why they will never be known
        self.marks: list[tuple[float, str]] = []  # (ms at which they begin, words) of spoken sound
        self.heard_ms: float | None = None  # how much of it was heard, once that is known
        self.extent = Extent()
        self.dropped = False  # whether models are no longer told of it

    @property
    def spoken(self) -> bool:
        """Whether this is the assistant's sound."""
        return isinstance(self.item, Message) and any(
            isinstance(part, OutputAudio) for part in self.item.content
        )

    def sound(self, audio: bytes, length_ms: float, words: str) -> None:
        """The assistant's item goes on with this sound."""
        if words:
            self.marks.append((self.audio_ms, words))
        self.audio_ms += length_ms
        if self.heard_ms is None:
            self.audio = self.audio or bytearray()
            self.audio += audio

    def truncate(self, end_ms: float) -> None:
        """Only this much was heard; the transcript is gone from the wire."""
        self.heard_ms = end_ms if self.heard_ms is None else min(end_ms, self.heard_ms)
        if self.audio is not None:
            self.audio = self.audio[: size(end_ms, self.encoding)]
        assert isinstance(self.item, Message)
        content: list[Part] = [
            OutputAudio() if isinstance(part, OutputAudio) else part for part in self.item.content
        ]
        self.item = structs.replace(self.item, content=content)

    @property
    def remaining_ms(self) -> float:
        """How much of the assistant's sound there is to truncate."""
        return self.audio_ms if self.heard_ms is None else self.heard_ms

    def heard(self) -> str:
        """The assistant's words that had begun to sound by the end of what was heard."""
        end = self.heard_ms
        return "".join(words for begin, words in self.marks if end is None or begin < end)

    def line(self, *, hears: bool = False) -> Line:
        """What a language model is told; one that `hears` is given the user's sound, if kept."""
        match self.item:
            case FunctionCall(call_id=call_id, name=name, arguments=arguments):
                return Call(call_id or "", name, arguments)
            case FunctionCallOutput(call_id=call_id, output=output):
                return CallOutput(call_id, output)
            case Message(role=role, content=content):
                sounds = self._sounds() if hears else ()
                return Spoken(
                    role,
                    "".join(self._words(part, hears=hears) for part in content),
                    tuple(part.image_url for part in content if isinstance(part, InputImage)),
                    sounds,
                    self.id if hears else "",
                )

    @property
    def from_microphone(self) -> bool:
        """Whether this is the user's sound."""
        return isinstance(self.item, Message) and any(
            isinstance(part, InputAudio) for part in self.item.content
        )

    def _sounds(self) -> tuple[Sound, ...]:
        """The user's sound, if it is still kept."""
        if not self.from_microphone or not isinstance(self.audio, bytes):
            return ()
        return (Sound(self.audio, self.encoding),)

    def _words(self, part: Part, *, hears: bool) -> str:
        match part:
            case InputText(text=text) | OutputText(text=text):
                return text
            case InputAudio() if hears:
                return "" if self.audio is not None else self.transcript or FORGOTTEN
            case InputAudio():
                return self.transcript or ""
            case OutputAudio():
                return self.heard()
            case InputImage():
                return ""

    def retrieved(self) -> Item:
        """The item with its sound."""
        if self.audio is None or not isinstance(self.item, Message):
            return self.item
        content: list[Part] = [
            structs.replace(part, audio=bytes(self.audio))
            if isinstance(part, InputAudio | OutputAudio)
            else part
            for part in self.item.content
        ]
        return structs.replace(self.item, content=content)


class Conversation:
    """Items in order; every item has one predecessor."""

    def __init__(self, conversation_id: str) -> None:
        self.id = conversation_id
        self._entries: list[Entry] = []
        self._by_id: dict[str, Entry] = {}

    @property
    def size(self) -> int:
        """How many items there are."""
        return len(self._entries)

    def __contains__(self, item_id: str) -> bool:
        return item_id in self._by_id

    def find(self, item_id: str) -> Entry | None:
        return self._by_id.get(item_id)

    @property
    def last_id(self) -> str | None:
        return self._entries[-1].id if self._entries else None

    def add(self, entry: Entry, after: str | None = None) -> str | None:
        """Insert behind the item `after`, first for "root", else last; the predecessor's id."""
        if after is None:
            place = len(self._entries)
        elif after == "root":
            place = 0
        else:
            place = self._entries.index(self._by_id[after]) + 1
        self._entries.insert(place, entry)
        self._by_id[entry.id] = entry
        self.retain()
        return self._entries[place - 1].id if place else None

    def previous_id(self, entry: Entry) -> str | None:
        """The id of the item before; None at the head, and of an item that was deleted."""
        if entry.id not in self._by_id:
            return None
        place = self._entries.index(entry)
        return self._entries[place - 1].id if place else None

    def delete(self, item_id: str) -> None:
        self._entries.remove(self._by_id.pop(item_id))

    @property
    def extent(self) -> Extent:
        """What the client's own items take."""
        extents = [entry.extent for entry in self._entries]
        return Extent(sum(each.text for each in extents), sum(each.images for each in extents))

    def calls(self) -> set[str | None]:
        """The ids of all function calls."""
        items = (entry.item for entry in self._entries)
        return {item.call_id for item in items if isinstance(item, FunctionCall)}

    def entries(self) -> tuple[Entry, ...]:
        """What models are told of; see `Entry.dropped`."""
        return tuple(entry for entry in self._entries if not entry.dropped)

    @property
    def has_assistant_audio(self) -> bool:
        return any(entry.spoken and entry.audio_ms > 0 for entry in self._entries)

    def retain(self) -> None:
        """Keep sound for retrieve within its bound: the oldest goes first."""
        kept = 0
        for entry in reversed(self._entries):
            kept += len(entry.audio or b"")
            if kept > RETAINED_BYTES:
                entry.audio = None


def without_sound(item: Item) -> Item:
    """The item as events show it: sound is in `conversation.item.retrieved` alone."""
    if not isinstance(item, Message):
        return item
    content: list[Part] = [
        structs.replace(part, audio=UNSET) if isinstance(part, InputAudio) else part
        for part in item.content
    ]
    return structs.replace(item, content=content)


def sound_of(items: Iterable[Part]) -> bytes:
    """All user sound of a message's parts."""
    return b"".join(part.audio for part in items if isinstance(part, InputAudio) and part.audio)
