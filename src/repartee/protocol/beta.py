"""The beta dialect, told as differences from GA.

Three things differ: the session (and what a response may override) is flat, items and their
parts have other names, and so have some events.  What a flat field may hold is taken from where
GA keeps it, so that a fault is told by the name the client used.
"""

from typing import Annotated, Any, Literal, Union, get_args, get_type_hints

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, structs

from repartee.protocol import errors
from repartee.protocol.beta_items import Item, read_item, write_item
from repartee.protocol.client import (
    ClientEvent,
    ConversationItemCreate,
    EventId,
    ResponseConfig,
    ResponseCreate,
    SessionUpdate,
)
from repartee.protocol.config import (
    READ_ONLY,
    Config,
    CustomVoice,
    Format,
    NoiseReduction,
    Pcm,
    Pcma,
    Pcmu,
    SemanticVad,
    ServerVad,
    TranscriptionConfig,
    encoding,
)
from repartee.protocol.errors import Refused
from repartee.protocol.ga import ANSWERING, Dialect, without
from repartee.protocol.items import ItemReference
from repartee.protocol.said import optional, said
from repartee.protocol.server import (
    ConversationCreated,
    ConversationItemAdded,
    ConversationItemDone,
    Error,
    OutputAudioDelta,
    OutputAudioDone,
    OutputAudioTranscriptDelta,
    OutputAudioTranscriptDone,
    OutputTextDelta,
    OutputTextDone,
    ResponseBody,
    ResponseCreated,
    ResponseDone,
    ServerEvent,
    SessionCreated,
    SessionUpdated,
    TimeoutTriggered,
    TranscriptionDelta,
)

# Names of the flat session, and where GA keeps what they hold.
_INPUT = {
    "input_audio_format": "audio.input.format",
    "input_audio_transcription": "audio.input.transcription",
    "input_audio_noise_reduction": "audio.input.noise_reduction",
    "turn_detection": "audio.input.turn_detection",
    "include": "include",
}
_ANSWER = {
    "modalities": "output_modalities",
    "instructions": "instructions",
    "voice": "audio.output.voice",
    "output_audio_format": "audio.output.format",
    "tools": "tools",
    "tool_choice": "tool_choice",
    "temperature": "temperature",
    "prompt": "prompt",
}
_SESSION = {
    "model": "model",
    **_ANSWER,
    "max_response_output_tokens": "max_output_tokens",
    **_INPUT,
    "speed": "audio.output.speed",
    "tracing": "tracing",
    "truncation": "truncation",
}
_RESPONSE = {
    **_ANSWER,
    "max_output_tokens": "max_output_tokens",
    "max_response_output_tokens": "max_output_tokens",
    "conversation": "conversation",
    "metadata": "metadata",
}
_FLAT_INPUT = {**_INPUT, "modalities": "modalities"}  # which a transcription session says in vain

FormatName = Literal["pcm16", "g711_ulaw", "g711_alaw"]
_FORMATS: dict[str, Format] = {"pcm16": Pcm(), "g711_ulaw": Pcmu(), "g711_alaw": Pcma()}
_NAMES = {encoding(format): name for name, format in _FORMATS.items()}

Modalities = Annotated[tuple[Literal["text", "audio"], ...], Meta(min_length=1, max_length=2)]

# Fields that hold something else than in GA, or less.
_OTHERWISE: dict[str, Any] = {
    "modalities": Modalities | UnsetType | None,
    "input_audio_format": FormatName | UnsetType | None,
    "output_audio_format": FormatName | UnsetType | None,
    "input_audio_noise_reduction": said(NoiseReduction, without=("strength",)) | UnsetType | None,
    "turn_detection": (
        said(ServerVad, without=("idle_timeout_ms",)) | said(SemanticVad) | UnsetType | None
    ),
}

_SaidConfig = said(Config, without=READ_ONLY)
_SaidTranscriptionConfig = said(TranscriptionConfig, without=READ_ONLY)
_SaidResponse = said(ResponseConfig)


def _flat(name: str, table: dict[str, str], effective: type[Struct], **more: Any) -> type[Struct]:
    """The struct of what a client may say in a flat object."""
    fields: list[tuple[str, Any, Any]] = [
        (field, _OTHERWISE.get(field) or optional(_hint(effective, path)), UNSET)
        for field, path in table.items()
    ]
    fields += [(field, hint | UnsetType | None, UNSET) for field, hint in more.items()]
    return defstruct(name, fields, kw_only=True, forbid_unknown_fields=True)


def _hint(kind: Any, path: str) -> Any:
    """The declared type at a dotted path."""
    for step in path.split("."):
        kind = get_type_hints(kind, include_extras=True)[step]
    return kind


FlatSession: Any = _flat("FlatSession", _SESSION, Config)
FlatTranscriptionSession: Any = _flat("FlatTranscription", _FLAT_INPUT, TranscriptionConfig)
FlatResponse: Any = _flat(
    "FlatResponse", _RESPONSE, ResponseConfig, input=tuple[Item | ItemReference, ...]
)


class BetaSessionUpdate(Struct, tag="session.update", forbid_unknown_fields=True):
    """Merge what is said into the session."""

    session: FlatSession
    event_id: EventId = None


class TranscriptionSessionUpdate(
    Struct, tag="transcription_session.update", forbid_unknown_fields=True
):
    """Merge what is said into a session that only writes down what it hears."""

    session: FlatTranscriptionSession
    event_id: EventId = None


class BetaItemCreate(Struct, tag="conversation.item.create", forbid_unknown_fields=True):
    """Insert an item, its parts named as beta names them."""

    item: Item
    previous_item_id: str | None = None
    event_id: EventId = None


class BetaResponseCreate(Struct, tag="response.create", forbid_unknown_fields=True):
    """Answer now, with flat overrides."""

    response: FlatResponse | None = None
    event_id: EventId = None


_DIFFERENT = (SessionUpdate, ConversationItemCreate, ResponseCreate)
_EVENTS: Any = Union[
    (
        BetaSessionUpdate,
        TranscriptionSessionUpdate,
        BetaItemCreate,
        BetaResponseCreate,
        *(event for event in get_args(ClientEvent) if event not in _DIFFERENT),
    )
]

_RENAMED: dict[type[ServerEvent], Any] = {
    kind: defstruct(kind.__name__, [], bases=(kind,), tag=tag)
    for kind, tag in (
        (ConversationItemAdded, "conversation.item.created"),
        (OutputTextDelta, "response.text.delta"),
        (OutputTextDone, "response.text.done"),
        (OutputAudioDelta, "response.audio.delta"),
        (OutputAudioDone, "response.audio.done"),
        (OutputAudioTranscriptDelta, "response.audio_transcript.delta"),
        (OutputAudioTranscriptDone, "response.audio_transcript.done"),
    )
}


class Beta(Dialect):
    """The shape that clients of the first years speak."""

    unknown: tuple[type[ServerEvent], ...] = (ConversationItemDone, TimeoutTriggered)

    def __init__(self) -> None:
        super().__init__(_EVENTS)

    def fault(self, event: Any) -> Refused | None:
        for name in ("session", "response"):
            modalities = getattr(getattr(event, name, None), "modalities", UNSET)
            if modalities and set(modalities) == {"audio"}:
                return errors.bad_value(
                    f"{name}.modalities",
                    "Invalid modalities: ['audio']. Supported combinations are: ['text'] and "
                    "['audio', 'text'].",
                )
        return None

    def read(self, event: Any) -> ClientEvent:
        match event:
            case BetaSessionUpdate(session=flat, event_id=event_id):
                return SessionUpdate(_nested(_SaidConfig, flat, _SESSION), event_id)
            case TranscriptionSessionUpdate(session=flat, event_id=event_id):
                return SessionUpdate(_nested(_SaidTranscriptionConfig, flat, _INPUT), event_id)
            case BetaItemCreate(item=item, previous_item_id=previous, event_id=event_id):
                return ConversationItemCreate(read_item(item), previous, event_id)
            case BetaResponseCreate(response=flat, event_id=event_id):
                return ResponseCreate(_response(flat), event_id)
            case _:
                same: ClientEvent = event
                return same

    def write(self, event: ServerEvent) -> Any:
        if hasattr(event, "item"):
            event = structs.replace(event, item=write_item(event.item))
        if renamed := _RENAMED.get(type(event)):
            return renamed(**structs.asdict(event))
        match event:
            case SessionCreated(session=session) | SessionUpdated(session=session):
                return _session_event(event, session)
            case ResponseCreated(response=body) | ResponseDone(response=body):
                return _event(event, response=_shown_response(body))
            case Error(error=body):
                param, message = body.param and _flat_words(body.param), _flat_words(body.message)
                error = structs.replace(body, param=param, message=message)
                return structs.replace(event, error=error)
            case _:
                return event


class Beta2024(Beta):
    """As Azure's api-version 2024-10-01-preview has it: its clients break on younger events."""

    unknown = (*Beta.unknown, ConversationCreated, TranscriptionDelta)


BETA, BETA_2024 = Beta(), Beta2024()


def _nested(kind: type[Struct], flat: Struct, table: dict[str, str]) -> Struct:
    """What a flat object says, as GA would say it."""
    values = {}
    for name in flat.__struct_fields__:
        value = getattr(flat, name)
        if name in table and value is not UNSET:
            values[table[name]] = _read_value(name, value)
    return _build(kind, values)


def _read_value(name: str, value: Any) -> Any:
    match name, value:
        case "modalities", tuple():
            return ("audio",) if "audio" in value else ("text",)
        case (("input_audio_format" | "output_audio_format"), str()):
            return _FORMATS[value]
        case _:
            return value


def _build(kind: type[Struct], values: dict[str, Any]) -> Struct:
    """A struct whose nested fields are named by dotted paths."""
    fields: dict[str, Any] = {}
    inner: dict[str, dict[str, Any]] = {}
    for path, value in values.items():
        name, _, rest = path.partition(".")
        if rest:
            inner.setdefault(name, {})[rest] = value
        else:
            fields[name] = value
    hints = get_type_hints(kind)
    for name, deeper in inner.items():
        section = next(hint for hint in get_args(hints[name]) if issubclass(hint, Struct))
        fields[name] = _build(section, deeper)
    return kind(**fields)


def _response(flat: Any) -> Struct | None:
    if flat is None:
        return None
    said_of = _nested(_SaidResponse, flat, _RESPONSE)
    if flat.input in (UNSET, None):
        return said_of
    items = tuple(one if isinstance(one, ItemReference) else read_item(one) for one in flat.input)
    return structs.replace(said_of, input=items)


def _event(event: ServerEvent, **members: Any) -> dict[str, Any]:
    return {"type": event.__struct_config__.tag, "event_id": event.event_id, **members}


def _session_event(event: ServerEvent, config: Config | TranscriptionConfig) -> dict[str, Any]:
    flat = {"id": config.id, "object": config.object, "expires_at": config.expires_at}
    if isinstance(config, Config):
        return _event(event, session=flat | _shown(config, _SESSION))
    vad = without(config.audio.input.turn_detection, *ANSWERING)
    flat |= _shown(config, _INPUT) | {"turn_detection": vad}
    return _event(event, session=flat) | {"type": f"transcription_{event.__struct_config__.tag}"}


def _shown(config: Struct, table: dict[str, str]) -> dict[str, Any]:
    """A configuration, flat; what is not set is not shown."""
    shown = {name: _write_value(name, _at(config, path)) for name, path in table.items()}
    return {name: value for name, value in shown.items() if value is not UNSET}


def _write_value(name: str, value: Any) -> Any:
    match name, value:
        case "modalities", ("audio",):
            return ["audio", "text"]
        case (("input_audio_format" | "output_audio_format"), _):
            return _NAMES[encoding(value)]
        case "voice", CustomVoice(id=id):
            return id
        case "input_audio_noise_reduction", NoiseReduction(type=kind):
            return {"type": kind}
        case "turn_detection", ServerVad():
            return without(value, "idle_timeout_ms")
        case _:
            return value


def _at(value: Any, path: str) -> Any:
    for step in path.split("."):
        value = getattr(value, step)
    return value


def _shown_response(body: ResponseBody) -> dict[str, Any]:
    shown = structs.asdict(body)
    audio, modalities = shown.pop("audio"), shown.pop("output_modalities")
    shown["output"] = [write_item(item) for item in body.output]
    shown["modalities"] = _write_value("modalities", modalities)
    if audio is not UNSET:
        shown["voice"] = audio.output.voice
        shown["output_audio_format"] = _NAMES[encoding(audio.output.format)]
    return shown


def _flat_words(text: str) -> str:
    """A path or a sentence about one, in the names that the client used.

    Only the session speaks of nested paths and of GA's parts; what is told while a client's event
    is being read is in its own words, and stays.
    """
    for name, path in _SESSION.items():
        if "." in path:
            text = text.replace(f"session.{path}", f"session.{name}")
            text = text.replace(f"response.{path}", f"response.{name}")
    if "'text'" in text:  # among the values that would have been right
        return text
    return text.replace("'output_text'", "'text'").replace("'output_audio'", "'audio'")
