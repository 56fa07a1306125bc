"""The client events of a GA session."""

from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from repartee.protocol.config import (
    READ_ONLY,
    Config,
    CustomVoice,
    Format,
    Modalities,
    Pcm,
    PromptReference,
    Reasoning,
    Temperature,
    Tokens,
    ToolChoice,
    Tools,
    TranscriptionConfig,
)
from repartee.protocol.items import Item, ItemReference
from repartee.protocol.said import Section, said

EventId = Annotated[str, Meta(max_length=512)] | None


class ResponseAudioOutput(Section, frozen=True):
    """How one response sounds."""

    format: Format = Pcm()
    voice: str | CustomVoice = "marin"


class ResponseAudio(Section, frozen=True):
    """What of the sound may differ for one response."""

    output: ResponseAudioOutput = ResponseAudioOutput()


class ResponseConfig(Section, frozen=True, kw_only=True):
    """What may differ for one response only; the session's own values stand elsewhere."""

    output_modalities: Modalities = ("audio",)
    instructions: str = ""
    audio: ResponseAudio = ResponseAudio()
    tools: Tools = ()
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: Tokens | Literal["inf"] = "inf"
    prompt: PromptReference | None = None
    temperature: Temperature | UnsetType = UNSET  # of the beta dialect alone
    metadata: (
        Annotated[
            dict[
                Annotated[str, Meta(max_length=64)],
                Annotated[str, Meta(max_length=512)],
            ],
            Meta(max_length=16),
        ]
        | None
    ) = None

    conversation: Literal["auto", "none"] = "auto"
    input: tuple[Item | ItemReference, ...] | None = None


if TYPE_CHECKING:
    SaidConfig = Struct
    SaidTranscriptionConfig = Struct
    SaidResponse = Struct
else:
    SaidConfig = said(Config, without=(*READ_ONLY, "temperature"))
    SaidTranscriptionConfig = said(TranscriptionConfig, without=READ_ONLY)
    SaidResponse = said(ResponseConfig, without=("temperature",))


class SessionUpdate(Struct, tag="session.update", forbid_unknown_fields=True):
    """Merge what is said into the session; its `type`, the kind of session, is obligatory."""

    session: SaidConfig | SaidTranscriptionConfig
    event_id: EventId = None


class InputAudioBufferAppend(Struct, tag="input_audio_buffer.append", forbid_unknown_fields=True):
    """Sound of the user, in the session's input format."""

    audio: bytes
    event_id: EventId = None


class InputAudioBufferCommit(Struct, tag="input_audio_buffer.commit", forbid_unknown_fields=True):
    """Make a user item of what was heard."""

    event_id: EventId = None


class InputAudioBufferClear(Struct, tag="input_audio_buffer.clear", forbid_unknown_fields=True):
    """Forget what was heard."""

    event_id: EventId = None


class ConversationItemCreate(Struct, tag="conversation.item.create", forbid_unknown_fields=True):
    """Insert an item; `previous_item_id` null appends, "root" prepends."""

    item: Item
    previous_item_id: str | None = None
    event_id: EventId = None


class ConversationItemRetrieve(
    Struct, tag="conversation.item.retrieve", forbid_unknown_fields=True
):
    """Show the server's copy of an item, sound included."""

    item_id: str
    event_id: EventId = None


class ConversationItemTruncate(
    Struct, tag="conversation.item.truncate", forbid_unknown_fields=True
):
    """The user heard the assistant's item only up to `audio_end_ms`."""

    item_id: str
    content_index: int
    audio_end_ms: Annotated[int, Meta(ge=0)]
    event_id: EventId = None


class ConversationItemDelete(Struct, tag="conversation.item.delete", forbid_unknown_fields=True):
    """Remove an item."""

    item_id: str
    event_id: EventId = None


class ResponseCreate(Struct, tag="response.create", forbid_unknown_fields=True):
    """Answer now; `response` overrides the session for this one answer."""

    response: SaidResponse | None = None
    event_id: EventId = None


class ResponseCancel(Struct, tag="response.cancel", forbid_unknown_fields=True):
    """Stop the active response, or the one named."""

    response_id: str | None = None
    event_id: EventId = None


class OutputAudioBufferClear(Struct, tag="output_audio_buffer.clear", forbid_unknown_fields=True):
    """Stop playing: for transports that play, which a WebSocket is not."""

    event_id: EventId = None


ClientEvent = (
    SessionUpdate
    | InputAudioBufferAppend
    | InputAudioBufferCommit
    | InputAudioBufferClear
    | ConversationItemCreate
    | ConversationItemRetrieve
    | ConversationItemTruncate
    | ConversationItemDelete
    | ResponseCreate
    | ResponseCancel
    | OutputAudioBufferClear
)
