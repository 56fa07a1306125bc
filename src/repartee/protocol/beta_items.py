"""Items as the beta dialect writes them: parts of the assistant are called `text` and `audio`."""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType, structs

from repartee.protocol import items
from repartee.protocol.items import (
    FunctionCall,
    FunctionCallOutput,
    InputAudio,
    InputImage,
    InputText,
    OutputAudio,
    OutputText,
    Role,
    Status,
)


class Text(Struct, tag="text", forbid_unknown_fields=True):
    """Text from the assistant."""

    text: str


class Audio(Struct, tag="audio"):
    """Sound from the assistant; only the server makes one."""

    transcript: str | UnsetType | None = UNSET
    audio: bytes | UnsetType | None = UNSET


Part = InputText | InputAudio | InputImage | Text | Audio


class Message(Struct, tag="message", kw_only=True, forbid_unknown_fields=True):
    """Something said by the system, the user or the assistant."""

    id: str | None = None
    object: Literal["realtime.item"] | None = "realtime.item"
    status: Status | None = "completed"
    role: Role
    content: list[Part]


Item = Message | FunctionCall | FunctionCallOutput


def read_item(item: Item) -> items.Item:
    """A client's item, in GA."""
    if not isinstance(item, Message):
        return item
    content = [_read_part(part) for part in item.content]
    return items.Message(**structs.asdict(item) | {"content": content})


def _read_part(part: Part) -> items.Part:
    match part:
        case Text(text=text):
            return OutputText(text)
        case Audio(transcript=transcript, audio=audio):
            return OutputAudio(transcript, audio)
        case _:
            return part


def write_item(item: items.Item) -> Item:
    """A GA item, in beta."""
    if not isinstance(item, items.Message):
        return item
    content = [_write_part(part) for part in item.content]
    shown: dict[str, Any] = structs.asdict(item) | {"content": content}
    return Message(**shown)


def _write_part(part: items.Part) -> Part:
    match part:
        case OutputText(text=text):
            return Text(text)
        case OutputAudio(transcript=transcript, audio=audio):
            return Audio(transcript, audio)
        case _:
            return part
