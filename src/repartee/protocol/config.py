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


class Unbuilt(Struct, frozen=True):
    """A kind of value that the protocol knows and this server does not serve yet."""


class Later:
    """Marks a field: these kinds may stand there, too, and are refused by name."""

    def __init__(self, *kinds: type[Unbuilt]) -> None:
        self.kinds = kinds


class Pcmu(Unbuilt, frozen=True, tag="audio/pcmu"):
    """G.711 mu-law at 8 kHz."""


class Pcma(Unbuilt, frozen=True, tag="audio/pcma"):
    """G.711 A-law at 8 kHz."""


class SemanticVad(Unbuilt, frozen=True, tag="semantic_vad"):
    """Turns end when the user seems to be done."""


class McpTool(Unbuilt, frozen=True, tag="mcp"):
    """A server of tools that the model may call."""


class RetentionRatio(Unbuilt, frozen=True, tag="retention_ratio"):
    """How much of the conversation is kept when it has to be cut."""


class Section(Struct, frozen=True):
    """A part of the configuration that merges field by field; other values are replaced whole."""


READ_ONLY = ("id", "object", "expires_at")
_SECTIONS: dict[type[Struct], type[Section]] = {}  # what may be said -> what it is said of


def _forget_nulls(value: Struct) -> None:
    """Null is as if absent; what is absent is not shown either."""
    for name in value.__struct_fields__:
        if getattr(value, name) is None:
            structs.force_setattr(value, name, UNSET)


class Pcm(Struct, frozen=True, tag="audio/pcm", forbid_unknown_fields=True):
    """16-bit little-endian mono PCM at 24 kHz."""

    rate: Literal[24000] | None = 24000

    def __post_init__(self) -> None:
        if self.rate is None:
            structs.force_setattr(self, "rate", 24000)


PcmFormat = Annotated[Pcm, Later(Pcmu, Pcma)]


class Transcription(Struct, frozen=True, forbid_unknown_fields=True):
    """Asks for transcripts of the user's speech; the rest are hints to the recogniser."""

    model: str | UnsetType | None = UNSET
    language: str | UnsetType | None = UNSET
    languages: list[str] | UnsetType | None = UNSET
    keywords: list[str] | UnsetType | None = UNSET
    prompt: str | UnsetType | None = UNSET
    delay: Literal["minimal", "low", "medium", "high", "xhigh"] | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        _forget_nulls(self)


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

    format: PcmFormat = Pcm()
    transcription: Transcription | None = None
    noise_reduction: None = None
    turn_detection: Annotated[ServerVad | None, Later(SemanticVad)] = ServerVad()


class AudioOutput(Section, frozen=True):
    """How the answer sounds."""

    format: PcmFormat = Pcm()
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
        _forget_nulls(self)


Tools = tuple[Annotated[FunctionTool, Later(McpTool)], ...]


class ToolChoiceFunction(Struct, frozen=True, tag="function", forbid_unknown_fields=True):
    """The model must call this one function."""

    name: str


class Reasoning(Struct, frozen=True, forbid_unknown_fields=True):
    """How hard a reasoning model thinks before it answers."""

    effort: Effort | UnsetType | None = UNSET

    def __post_init__(self) -> None:
        _forget_nulls(self)


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
    tools: Tools = ()
    tool_choice: ToolChoice = "auto"
    parallel_tool_calls: bool | UnsetType = UNSET
    reasoning: Reasoning | UnsetType = UNSET
    max_output_tokens: Tokens | Literal["inf"] = "inf"
    truncation: Annotated[Literal["auto"], Later(RetentionRatio)] = "auto"
    include: None = None
    tracing: None = None
    prompt: None = None


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
        _SECTIONS[made := said(hint)] = hint
        return made
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return Union[tuple(_sayable(part) for part in get_args(hint))]  # noqa: UP007
    if origin is tuple:
        return tuple[tuple(_sayable(part) for part in get_args(hint))]  # type: ignore[misc]
    if origin is Annotated:
        return _with_later(hint)
    return hint


def _with_later(hint: Any) -> Any:
    """An annotated type, and the kinds that are refused by name."""
    built, *marks = get_args(hint)
    kinds = [kind for mark in marks if isinstance(mark, Later) for kind in mark.kinds]
    bounds = [mark for mark in marks if isinstance(mark, Meta)]
    sayable = _sayable(built)
    if bounds:
        sayable = Annotated[sayable, *bounds]
    return Union[(sayable, *kinds)] if kinds else sayable


def unbuilt(said_of: Any, path: str) -> str | None:
    """Where in what was said, `path`, something stands that is not served yet."""
    if isinstance(said_of, Unbuilt):
        return f"{path}.type"
    if isinstance(said_of, tuple):
        inner = [(f"{path}[{n}]", one) for n, one in enumerate(said_of)]
    elif isinstance(said_of, Struct):
        fields = said_of.__struct_fields__
        inner = [(f"{path}.{name}", getattr(said_of, name)) for name in fields]
    else:
        return None
    found = (unbuilt(value, where) for where, value in inner)
    return next((where for where in found if where is not None), None)


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
        if isinstance(value, Struct) and (section := _SECTIONS.get(type(value))):
            origin = getattr(effective if fresh is None else fresh, name)
            origin = origin if isinstance(origin, section) else section()
            # An object that names its type is a whole new value, told from the defaults.
            ground = origin if section.__struct_config__.tag else getattr(effective, name)
            value = merge(ground, value, origin)
        changes[name] = value
    return structs.replace(effective, **changes)


def _nullable(effective: type[Struct], name: str) -> bool:
    hint = get_type_hints(effective)[name]
    return hint is NoneType or NoneType in get_args(hint)
