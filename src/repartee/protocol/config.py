"""The session configuration: one declaration for what holds, what is said and how they merge.

The structs here are the *effective* configuration, every field filled in, in the GA wire shape.
What a client may say in an update is derived from them by `said`: the same fields, all optional,
unknown ones refused.  UNSET means "not said"; null counts as not said, except where null is a
value of its own.

A field whose only type is None is known to the protocol but not built yet: any other value is
refused by name (see `errors.refusal`).
"""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, structs

S = TypeVar("S", bound=Struct)

Modality = Literal["audio", "text"]
Effort = Literal["minimal", "low", "medium", "high", "xhigh"]
Modalities = Annotated[tuple[Modality, ...], Meta(min_length=1, max_length=1)]
Tokens = Annotated[int, Meta(ge=1, le=4096)]


class Section(Struct, frozen=True):
    """A part of the configuration that merges field by field; other values are replaced whole."""


class Pcm(Struct, frozen=True, tag="audio/pcm", forbid_unknown_fields=True):
    """16-bit little-endian mono PCM at 24 kHz."""

    rate: Literal[24000] = 24000


class Transcription(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for transcripts of the user's speech; the rest are hints to the recogniser."""

    model: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    languages: list[str] | UnsetType | None = UNSET
    keywords: list[str] | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | UnsetType | None = UNSET


class ServerVad(Section, frozen=True, tag="server_vad"):
    """Turns end after a stretch of silence."""

    threshold: Annotated[float, Meta(ge=0, le=1)] = 0.5
    prefix_padding_ms: Annotated[int, Meta(ge=0, le=10_000)] = 300
    silence_duration_ms: Annotated[int, Meta(ge=0, le=60_000)] = 500
    create_response: bool = True
    interrupt_response: bool = True
    idle_timeout_ms: None = None


class CustomVoice(Struct, frozen=True, forbid_unknown_fields=True):
    """A voice of the operator's own, by id."""

    id: str


class AudioInput(Section, frozen=True):
    """How the client's sound is understood."""

    format: Pcm = Pcm()
    transcription: Transcription | None = None
    noise_reduction: None = None
    turn_detection: ServerVad | None = ServerVad()


class AudioOutput(Section, frozen=True):
    """How the answer sounds."""

    format: Pcm = Pcm()
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


class ToolChoiceFunction(Struct, frozen=True, tag="function", forbid_unknown_fields=True):
    """The model must call this one function."""

    name: str


class Reasoning(Struct, frozen=True, forbid_unknown_fields=True):
    """How hard a reasoning model thinks before it answers."""

    effort: Effort | UnsetType | None = UNSET


ToolChoice = Literal["auto", "none", "required"] | ToolChoiceFunction


class Config(Section, frozen=True, kw_only=True):
    """The whole effective configuration of a GA realtime session, as `session.created` shows it."""

    type: Literal["realtime"] = "realtime"
    object: Literal["realtime.session"] = "realtime.session"
    id: str = ""
    model: str = "gpt-realtime"
    expires_at: int = 0
    output_modalities: Modalities = ("audio",)
    instructions: str = ""
    audio: Audio = Audio()
    tools: tuple[FunctionTool, ...] = ()
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: Tokens | Literal["inf"] = "inf"
    truncation: Literal["auto"] = "auto"
    include: None = None
    tracing: None = None
    prompt: None = None


READ_ONLY = ("id", "object", "expires_at")


def said(
    effective: type[Struct], *, obliged: tuple[str, ...] = (), without: tuple[str, ...] = ()
) -> type[Struct]:
    """The struct of what a client may say of `effective`: every field optional, but `obliged`."""
    fields: list[tuple[str, Any] | tuple[str, Any, Any]] = []
    for name, hint in get_type_hints(effective, include_extras=True).items():
        if name in obliged:
            fields.append((name, hint))
        elif name not in without:
            fields.append((name, _sayable(hint) | UnsetType | None, UNSET))
    return defstruct(
        f"Said{effective.__name__}",
        fields,
        frozen=True,
        kw_only=True,
        tag=effective.__struct_config__.tag,
        forbid_unknown_fields=True,
    )


def _sayable(hint: Any) -> Any:
    """The type a field may be said with: sections become what may be said of them."""
    if isinstance(hint, type) and issubclass(hint, Section):
        return said(hint)
    if get_origin(hint) in (Union, UnionType):
        return Union[tuple(_sayable(part) for part in get_args(hint))]  # noqa: UP007
    return hint


def merge(effective: S, update: Struct, fresh: Struct | None = None) -> S:
    """`effective` with everything that `update` says; sections field by field.

    `fresh` is the configuration whose sections stand in where `effective` has null: turning
    detection on again begins from the server's defaults.
    """
    changes: dict[str, Any] = {}
    for name in update.__struct_fields__:
        value = getattr(update, name)
        if value is UNSET or (value is None and not _nullable(type(effective), name)):
            continue
        origin = getattr(effective if fresh is None else fresh, name)
        if isinstance(value, Struct) and isinstance(origin, Section):
            # An object that names its type is a whole new value, told from the defaults.
            ground = origin if type(value).__struct_config__.tag else getattr(effective, name)
            value = merge(ground, value, origin)
        changes[name] = value
    return structs.replace(effective, **changes)


def _nullable(effective: type[Struct], name: str) -> bool:
    hint = get_type_hints(effective)[name]
    return hint is NoneType or NoneType in get_args(hint)
