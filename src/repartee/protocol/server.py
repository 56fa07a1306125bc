"""The server events of a GA session over a WebSocket.

`event_id` is given by the session when an event is said.
"""

from typing import Any, Literal

from msgspec import UNSET, Struct, UnsetType

from repartee.protocol.config import Config, Modality, Pcm
from repartee.protocol.items import Item


class ServerEvent(Struct, kw_only=True):
    """What every server event has."""

    event_id: str = ""


class SessionCreated(ServerEvent, tag="session.created"):
    session: Config


class SessionUpdated(ServerEvent, tag="session.updated"):
    session: Config


class ErrorBody(Struct, kw_only=True):
    """What went wrong; `event_id` is that of the client's event, null if it had none."""

    type: str
    code: str | None
    message: str
    param: str | None
    event_id: str | None


class Error(ServerEvent, tag="error"):
    error: ErrorBody


class ConversationItemAdded(ServerEvent, tag="conversation.item.added"):
    previous_item_id: str | None
    item: Item


class ConversationItemDone(ServerEvent, tag="conversation.item.done"):
    previous_item_id: str | None
    item: Item


class ConversationItemRetrieved(ServerEvent, tag="conversation.item.retrieved"):
    item: Item


class ConversationItemTruncated(ServerEvent, tag="conversation.item.truncated"):
    item_id: str
    content_index: int
    audio_end_ms: int


class ConversationItemDeleted(ServerEvent, tag="conversation.item.deleted"):
    item_id: str


class TranscriptionDelta(ServerEvent, tag="conversation.item.input_audio_transcription.delta"):
    item_id: str
    content_index: int
    delta: str


class DurationUsage(Struct, kw_only=True):
    type: Literal["duration"] = "duration"
    seconds: float


class TranscriptionCompleted(
    ServerEvent, tag="conversation.item.input_audio_transcription.completed"
):
    item_id: str
    content_index: int
    transcript: str
    usage: DurationUsage


class TranscriptionError(Struct, kw_only=True):
    type: str = "transcription_error"
    code: str
    message: str


class TranscriptionFailed(ServerEvent, tag="conversation.item.input_audio_transcription.failed"):
    item_id: str
    content_index: int
    error: TranscriptionError


class InputAudioBufferCommitted(ServerEvent, tag="input_audio_buffer.committed"):
    previous_item_id: str | None
    item_id: str


class InputAudioBufferCleared(ServerEvent, tag="input_audio_buffer.cleared"):
    pass


class SpeechStarted(ServerEvent, tag="input_audio_buffer.speech_started"):
    audio_start_ms: int
    item_id: str


class SpeechStopped(ServerEvent, tag="input_audio_buffer.speech_stopped"):
    audio_end_ms: int
    item_id: str


class CachedTokens(Struct, kw_only=True, frozen=True):
    text_tokens: int = 0
    audio_tokens: int = 0
    image_tokens: int = 0


class InputTokens(Struct, kw_only=True):
    text_tokens: int
    audio_tokens: int
    image_tokens: int = 0
    cached_tokens: int = 0
    cached_tokens_details: CachedTokens = CachedTokens()


class OutputTokens(Struct, kw_only=True):
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
    type: str
    code: str
    message: str


class StatusDetails(Struct, kw_only=True):
    type: Literal["cancelled", "incomplete", "failed"]
    reason: str | UnsetType = UNSET
    error: ResponseError | UnsetType = UNSET


class ResponseOutput(Struct, kw_only=True):
    """How a response sounds; `voice` is a name, or the id of a custom one."""

    format: Pcm
    voice: str


class ResponseAudio(Struct, kw_only=True):
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


class ResponseCreated(ServerEvent, tag="response.created"):
    response: ResponseBody


class ResponseDone(ServerEvent, tag="response.done"):
    response: ResponseBody


class RateLimitsUpdated(ServerEvent, tag="rate_limits.updated"):
    """Empty while nothing is limited."""

    rate_limits: list[dict[str, Any]]


class OutputEvent(ServerEvent):
    """What every event about a response's output has."""

    response_id: str
    output_index: int


class OutputItemAdded(OutputEvent, tag="response.output_item.added"):
    item: Item


class OutputItemDone(OutputEvent, tag="response.output_item.done"):
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
    part: ContentPart


class ContentPartDone(PartEvent, tag="response.content_part.done"):
    part: ContentPart


class OutputTextDelta(PartEvent, tag="response.output_text.delta"):
    delta: str


class OutputTextDone(PartEvent, tag="response.output_text.done"):
    text: str


class OutputAudioDelta(PartEvent, tag="response.output_audio.delta"):
    delta: bytes


class OutputAudioDone(PartEvent, tag="response.output_audio.done"):
    pass


class OutputAudioTranscriptDelta(PartEvent, tag="response.output_audio_transcript.delta"):
    delta: str


class OutputAudioTranscriptDone(PartEvent, tag="response.output_audio_transcript.done"):
    transcript: str


class ArgumentsDelta(OutputEvent, tag="response.function_call_arguments.delta"):
    item_id: str
    call_id: str
    delta: str


class ArgumentsDone(OutputEvent, tag="response.function_call_arguments.done"):
    item_id: str
    call_id: str
    name: str
    arguments: str
