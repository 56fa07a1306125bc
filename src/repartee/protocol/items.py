"""Conversation items and their parts, in the GA wire shape.

The same structs are what a client sends and what it is shown; what only one side may say
(ids, status, sound) is optional.  Sound is shown in `conversation.item.retrieved` alone.
"""

from typing import Literal

from msgspec import UNSET, Struct, UnsetType

Status = Literal["completed", "incomplete", "in_progress"]
Role = Literal["system", "user", "assistant"]


class InputText(Struct, tag="input_text", forbid_unknown_fields=True):
    """Text from the user or the system."""

    text: str


class InputAudio(Struct, tag="input_audio", forbid_unknown_fields=True):
    """Sound from the user; its transcript is null until it is known."""

    transcript: str | None = None
    audio: bytes | UnsetType | None = UNSET


class InputImage(Struct, tag="input_image", forbid_unknown_fields=True):
    """A picture from the user: a data URI of PNG or JPEG."""

    image_url: str
    detail: Literal["auto", "low", "high"] | None = "auto"

    def __post_init__(self) -> None:
        self.detail = self.detail or "auto"


class OutputText(Struct, tag="output_text", forbid_unknown_fields=True):
    """Text from the assistant."""

    text: str


class OutputAudio(Struct, tag="output_audio"):
    """Sound from the assistant; its transcript is gone once the item was truncated.

    Only the server makes one: a client that tries is told so, whatever else it says.
    """

    transcript: str | UnsetType | None = UNSET
    audio: bytes | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        self.transcript = UNSET if self.transcript is None else self.transcript
        self.audio = UNSET if self.audio is None else self.audio


Part = InputText | InputAudio | InputImage | OutputText | OutputAudio


class Message(Struct, tag="message", kw_only=True, forbid_unknown_fields=True):
    """Something said by the system, the user or the assistant."""

    id: str | None = None
    object: Literal["realtime.item"] | None = "realtime.item"
    status: Status | None = "completed"
    role: Role
    content: list[Part]


class FunctionCall(Struct, tag="function_call", kw_only=True, forbid_unknown_fields=True):
    """The model asks for a function call; `arguments` is a JSON text."""

    id: str | None = None
    object: Literal["realtime.item"] | None = "realtime.item"
    status: Status | None = "completed"
    call_id: str | None = None
    name: str
    arguments: str


class FunctionCallOutput(
    Struct, tag="function_call_output", kw_only=True, forbid_unknown_fields=True
):
    """What the client's function gave back, as free text."""

    id: str | None = None
    object: Literal["realtime.item"] | None = "realtime.item"
    status: Status | None = "completed"
    call_id: str
    output: str


class ItemReference(Struct, tag="item_reference", forbid_unknown_fields=True):
    """Stands for an item of the conversation, in `response.create` input."""

    id: str


Item = Message | FunctionCall | FunctionCallOutput
