"""The server events of a session over a WebSocket, in the GA shape.

`event_id` is given by the session when an event is said.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from repartee.protocol.config import AnyConfig, Format, Modality
from repartee.protocol.items import Item


class ServerEvent(Struct, kw_only=True):
    """What every server event has."""

    event_id: str = ""


class SessionCreated(ServerEvent, tag="session.created"):
    """The first event of a session: its whole configuration."""

    session: AnyConfig


class SessionUpdated(ServerEvent, tag="session.updated"):
    """An accepted update: the whole configuration as it now holds."""

    session: AnyConfig


class ConversationBody(Struct, kw_only=True):
    """A conversation, by name."""

    object: Literal["realtime.conversation"] = "realtime.conversation"
    id: str


class ConversationCreated(ServerEvent, tag="conversation.created"):
    """The session's conversation; the GA dialect leaves it unsaid."""

    conversation: ConversationBody


class ErrorBody(Struct, kw_only=True):
    """What went wrong; `event_id` is that of the client's event, null if it had none."""

    type: str
    code: str | None
    message: str
    param: str | None
    event_id: str | None


class Error(ServerEvent, tag="error"):
    """A client event could not be obeyed, or the session ends."""

    error: ErrorBody


class ConversationItemAdded(ServerEvent, tag="conversation.item.added"):
    """An item entered the conversation; of the assistant, still empty."""

    previous_item_id: str | None
    item: Item


class ConversationItemDone(ServerEvent, tag="conversation.item.done"):
    """An item is final."""

    previous_item_id: str | None
    item: Item


class ConversationItemRetrieved(ServerEvent, tag="conversation.item.retrieved"):
    """The server's copy of an item, sound included."""

    item: Item


class ConversationItemTruncated(ServerEvent, tag="conversation.item.truncated"):
    """Of an assistant item only this much was heard."""

    item_id: str
    content_index: int
    audio_end_ms: int


class ConversationItemDeleted(ServerEvent, tag="conversation.item.deleted"):
    """An item is gone."""

    item_id: str


class LogProb(Struct, kw_only=True):
    """How sure the recogniser is of a token: the natural logarithm of its probability."""

    token: str
    logprob: float
    bytes: list[int]


class TranscriptionDelta(ServerEvent, tag="conversation.item.input_audio_transcription.delta"):
    """More words of the user's sound, which will not be taken back."""

    item_id: str
    content_index: int
    delta: str
    logprobs: list[LogProb] | UnsetType = UNSET


class DurationUsage(Struct, kw_only=True):
    """What a transcription cost: the length of its sound."""

    type: Literal["duration"] = "duration"
    seconds: float


class HeardTokens(Struct, kw_only=True):
    """Tokens that a transcription read, by kind."""

    audio_tokens: int
    text_tokens: int = 0


class TokenUsage(Struct, kw_only=True):
    """What a transcription cost, for models that count tokens."""

    type: Literal["tokens"] = "tokens"
    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: HeardTokens


class TranscriptionCompleted(
    ServerEvent, tag="conversation.item.input_audio_transcription.completed"
):
    """All words of the user's sound."""

    item_id: str
    content_index: int
    transcript: str
    usage: DurationUsage | TokenUsage
    languages: list[str] | UnsetType = UNSET
    logprobs: list[LogProb] | UnsetType = UNSET


class TranscriptionError(Struct, kw_only=True):
    """Why the user's sound has no words."""

    type: str = "transcription_error"
    code: str
    message: str


class TranscriptionFailed(ServerEvent, tag="conversation.item.input_audio_transcription.failed"):
    """The user's sound could not be transcribed."""

    item_id: str
    content_index: int
    error: TranscriptionError


class InputAudioBufferCommitted(ServerEvent, tag="input_audio_buffer.committed"):
    """The buffer becomes the item of this id."""

    previous_item_id: str | None
    item_id: str


class InputAudioBufferCleared(ServerEvent, tag="input_audio_buffer.cleared"):
    """The buffer is empty."""


class SpeechStarted(ServerEvent, tag="input_audio_buffer.speech_started"):
    """The user began to speak, padding included; ms count all sound of the session."""

    audio_start_ms: int
    item_id: str


class SpeechStopped(ServerEvent, tag="input_audio_buffer.speech_stopped"):
    """The user stopped, the silence that ended the turn included."""

    audio_end_ms: int
    item_id: str


class TimeoutTriggered(ServerEvent, tag="input_audio_buffer.timeout_triggered"):
    """Nobody spoke for as long as the client set; ms count all sound of the session."""

    audio_start_ms: int
    audio_end_ms: int
    item_id: str


class CachedTokens(Struct, kw_only=True, frozen=True):
    """Tokens that the model had read before, by kind."""

    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0


class InputTokens(Struct, kw_only=True):
    """Tokens read, by kind."""

    text_tokens: int
    audio_tokens: int
    image_tokens: int = 0
    cached_tokens: int = 0
    cached_tokens_details: CachedTokens = CachedTokens()


class OutputTokens(Struct, kw_only=True):
    """Tokens written and spoken."""

    text_tokens: int
    audio_tokens: int


class ResponseUsage(Struct, kw_only=True):
    """Tokens of one response; the details sum up to the totals."""

    total_tokens: int
    input_tokens: int
    output_tokens: int
    input_token_details: InputTokens
    output_token_details: OutputTokens


class ResponseError(Struct, kw_only=True):
    """Why a response failed, in words that a person can act on."""

    type: str
    code: str
    message: str


class StatusDetails(Struct, kw_only=True):
    """Why a response ended as it did, unless it is complete."""

    type: Literal["cancelled", "incomplete", "failed"]
    reason: str | UnsetType = UNSET
    error: ResponseError | UnsetType = UNSET


class ResponseOutput(Struct, kw_only=True):
    """How a response sounds; `voice` is a name, or the id of a custom one."""

    format: Format
    voice: str


class ResponseAudio(Struct, kw_only=True):
    """The sound of a response."""

    output: ResponseOutput


class ResponseBody(Struct, kw_only=True):
    """A response as the client sees it."""

    object: Literal["realtime.response"] = "realtime.response"
    id: str
    status: Literal["in_progress", "completed", "cancelled", "incomplete", "failed"]
    status_details: StatusDetails | None = None
    output: list[Item]
    conversation_id: str | None
    output_modalities: tuple[Modality, ...]
    max_output_tokens: int | Literal["inf"]
    audio: ResponseAudio | UnsetType = UNSET
    usage: ResponseUsage | None = None
    metadata: dict[str, str] | None = None
    temperature: float | UnsetType = UNSET  # of the beta dialect alone


class ResponseCreated(ServerEvent, tag="response.created"):
    """A response begins."""

    response: ResponseBody


class ResponseDone(ServerEvent, tag="response.done"):
    """A response is over, always the last of its events."""

    response: ResponseBody


class RateLimitsUpdated(ServerEvent, tag="rate_limits.updated"):
    """Empty while nothing is limited."""

    rate_limits: list[dict[str, Any]]


class OutputEvent(ServerEvent):
    """What every event about a response's output has."""

    response_id: str
    output_index: int


class OutputItemAdded(OutputEvent, tag="response.output_item.added"):
    """An output item begins."""

    item: Item


class OutputItemDone(OutputEvent, tag="response.output_item.done"):
    """An output item is final, whatever became of the response."""

    item: Item


class PartEvent(OutputEvent):
    """What every event about a content part has."""

    item_id: str
    content_index: int


class ContentPart(Struct, kw_only=True):
    """A part in content_part events: short type names, and only the member that applies."""

    type: Modality
    text: str | UnsetType = UNSET
    transcript: str | UnsetType = UNSET


class ContentPartAdded(PartEvent, tag="response.content_part.added"):
    """A content part begins."""

    part: ContentPart


class ContentPartDone(PartEvent, tag="response.content_part.done"):
    """A content part is final."""

    part: ContentPart


class OutputTextDelta(PartEvent, tag="response.output_text.delta"):
    """More text."""

    delta: str


class OutputTextDone(PartEvent, tag="response.output_text.done"):
    """The whole text."""

    text: str


class OutputAudioDelta(PartEvent, tag="response.output_audio.delta"):
    """More sound, in the response's output format."""

    delta: bytes


class OutputAudioDone(PartEvent, tag="response.output_audio.done"):
    """No more sound of this part follows."""


class OutputAudioTranscriptDelta(PartEvent, tag="response.output_audio_transcript.delta"):
    """More of the words that are spoken."""

    delta: str


class OutputAudioTranscriptDone(PartEvent, tag="response.output_audio_transcript.done"):
    """All words that are spoken."""

    transcript: str


class ArgumentsDelta(OutputEvent, tag="response.function_call_arguments.delta"):
    """More of a call's arguments."""

    item_id: str
    call_id: str
    delta: str


class ArgumentsDone(OutputEvent, tag="response.function_call_arguments.done"):
    """All arguments of a call, a JSON text."""

    item_id: str
    call_id: str
    name: str
    arguments: str
