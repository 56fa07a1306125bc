"""The session configuration: everything a session can be told about itself, in the GA wire shape.

The structs here are the *effective* configuration, every field filled in; `said` derives from
them what a client may say.
"""

from typing import Annotated, Any, Literal

from msgspec import UNSET, Meta, Struct, UnsetType, structs

from repartee.protocol.audio import Encoding
from repartee.protocol.items import InputText
from repartee.protocol.said import Later, Section, Unbuilt, forget_nulls

Modality = Literal["audio", "text"]
Effort = Literal["minimal", "low", "medium", "high", "xhigh"]
Modalities = Annotated[tuple[Modality, ...], Meta(min_length=1, max_length=1)]
Tokens = Annotated[int, Meta(ge=1, le=4096)]
Temperature = Annotated[float, Meta(ge=0.6, le=1.2)]

READ_ONLY = ("id", "object", "expires_at")


class McpTool(Unbuilt, frozen=True, tag="mcp"):
    """A server of tools that the model may call."""


class McpToolChoice(Unbuilt, frozen=True, tag="mcp"):
    """The model must call a tool of this server."""


class PromptImage(Unbuilt, frozen=True, tag="input_image"):
    """A picture as a variable of a prompt."""


class PromptFile(Unbuilt, frozen=True, tag="input_file"):
    """A file as a variable of a prompt."""


class Pcm(Struct, frozen=True, tag="audio/pcm", forbid_unknown_fields=True):
    """16-bit little-endian mono PCM at 24 kHz."""

    rate: Literal[24000] | None = 24000

    def __post_init__(self) -> None:
        if self.rate is None:
            structs.force_setattr(self, "rate", 24000)


class Pcmu(Struct, frozen=True, tag="audio/pcmu", forbid_unknown_fields=True):
    """G.711 mu-law, mono at 8 kHz."""


class Pcma(Struct, frozen=True, tag="audio/pcma", forbid_unknown_fields=True):
    """G.711 A-law, mono at 8 kHz."""


Format = Pcm | Pcmu | Pcma
_ENCODINGS: dict[type[Format], Encoding] = {
    Pcm: "audio/pcm",
    Pcmu: "audio/pcmu",
    Pcma: "audio/pcma",
}


def encoding(format: Format) -> Encoding:
    """What sound in a format is made of."""
    return _ENCODINGS[type(format)]


class Transcription(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for transcripts of the user's speech; the rest are hints to the recogniser."""

    model: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    languages: Annotated[list[str], Meta(min_length=1)] | UnsetType | None = UNSET
    keywords: list[str] | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    delay: Effort | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


class NoiseReduction(Section, frozen=True):
    """Takes noise out of the user's sound, before anything listens to it."""

    type: Literal["near_field", "far_field"] = "near_field"
    strength: Annotated[float, Meta(ge=0, le=1)] = 1.0


class ServerVad(Section, frozen=True, tag="server_vad"):
    """Turns end after a stretch of silence."""

    threshold: Annotated[float, Meta(ge=0, le=1)] = 0.5
    prefix_padding_ms: Annotated[int, Meta(ge=0, le=10_000)] = 300
    silence_duration_ms: Annotated[int, Meta(ge=0, le=60_000)] = 500
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: Annotated[int, Meta(ge=5_000, le=30_000)] | None = None


class SemanticVad(Section, frozen=True, tag="semantic_vad"):
    """Turns end when the user seems to be done."""

    eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    create_response: bool = True
    interrupt_response: bool = True


TurnDetection = ServerVad | SemanticVad


class CustomVoice(Struct, frozen=True, forbid_unknown_fields=True):
    """A voice of the operator's own, by id."""

    id: str


class AudioInput(Section, frozen=True):
    """How the client's sound is understood."""

    format: Format = Pcm()
    transcription: Transcription | None = None
    noise_reduction: NoiseReduction | None = None
    turn_detection: TurnDetection | None = ServerVad()


class AudioOutput(Section, frozen=True):
    """How the answer sounds."""

    format: Format = Pcm()
    voice: str | CustomVoice = "marin"
    speed: Annotated[float, Meta(ge=0.25, le=1.5)] = 1.0


class Audio(Section, frozen=True):
    """Sound in and sound out."""

    input: AudioInput = AudioInput()
    output: AudioOutput = AudioOutput()


class FunctionTool(Struct, frozen=True, tag="function", forbid_unknown_fields=True):
    """A function that the model may ask the client to call."""

    name: Annotated[str, Meta(min_length=1)]
    description: str | UnsetType | None = UNSET
    parameters: dict[str, Any] | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


Tools = tuple[Annotated[FunctionTool, Later(McpTool)], ...]


class ToolChoiceFunction(Struct, frozen=True, tag="function", forbid_unknown_fields=True):
    """The model must call this one function."""

    name: str


ToolChoice = Annotated[
    Literal["auto", "none", "required"] | ToolChoiceFunction, Later(McpToolChoice)
]


class Reasoning(Struct, frozen=True, forbid_unknown_fields=True):
    """How hard a reasoning model thinks before it answers."""

    effort: Effort | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


class TokenLimits(Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of their own for parts of what the model reads."""

    post_instructions: Annotated[int, Meta(ge=0)] | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


class RetentionRatio(Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the conversation is kept once it has to be cut."""

    type: Literal["retention_ratio"]  # a tag could be left out: a lone struct needs none
    retention_ratio: Annotated[float, Meta(ge=0, le=1)]
    token_limits: TokenLimits | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


Truncation = Literal["auto", "disabled"] | RetentionRatio


# As many pairs, and as long ones, as metadata of a response may have; other JSON than text is bound
# by its depth.
_Note = (
    Annotated[str, Meta(max_length=512)] | int | float | bool | list[Any] | dict[str, Any] | None
)
TraceMetadata = Annotated[
    dict[Annotated[str, Meta(max_length=64)], _Note],
    Meta(max_length=16),
]


class Tracing(Struct, frozen=True, forbid_unknown_fields=True):
    """Under which names a session is traced."""

    workflow_name: str | UnsetType | None = UNSET
    group_id: str | UnsetType | None = UNSET
    metadata: TraceMetadata | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


class PromptReference(Struct, frozen=True, forbid_unknown_fields=True):
    """A prompt that the operator keeps, and what its variables stand for."""

    id: str
    version: str | UnsetType | None = UNSET
    variables: dict[str, str | InputText | PromptImage | PromptFile] | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        forget_nulls(self)


Include = tuple[Literal["item.input_audio_transcription.logprobs"], ...]


class Config(Section, frozen=True, kw_only=True, tag="realtime"):
    """The whole effective configuration of a session that answers, as `session.created` shows it.

    `temperature` is a field of the beta dialect alone: GA neither shows nor takes it.
    """

    object: Literal["realtime.session"] = "realtime.session"
    id: str = ""
    model: str = "gpt-realtime"
    expires_at: int = 0
    output_modalities: Modalities = ("audio",)
    instructions: str = ""
    audio: Audio = Audio()
    tools: Tools = ()
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: Tokens | Literal["inf"] = "inf"
    truncation: Truncation = "auto"
    include: Include | None = None
    tracing: Literal["auto"] | Tracing | None = None
    prompt: PromptReference | None = None
    temperature: Temperature | UnsetType = UNSET


class TranscriptionAudio(Section, frozen=True):
    """Sound in."""

    input: AudioInput = AudioInput()


class TranscriptionConfig(Section, frozen=True, kw_only=True, tag="transcription"):
    """The whole effective configuration of a session that only writes down what it hears."""

    object: Literal["realtime.transcription_session"] = "realtime.transcription_session"
    id: str = ""
    expires_at: int = 0
    audio: TranscriptionAudio = TranscriptionAudio()
    include: Include | None = None


AnyConfig = Config | TranscriptionConfig
