"""The beta dialect: flat sessions, older names, and one event for each new item."""

from collections.abc import Iterator
from typing import Any

from repartee.conformance.dialects.beta_events import BETA_EVENTS, BETA_FOREIGN_EVENTS
from repartee.conformance.dialects.dialect import Dialect, Members, table
from repartee.conformance.judges.items import Event

_FORMATS: dict[object, dict[str, Any]] = {
    "pcm16": {"type": "audio/pcm", "rate": 24000},
    "g711_ulaw": {"type": "audio/pcmu"},
    "g711_alaw": {"type": "audio/pcma"},
}

# Where the members of the flat objects stand in those of GA; all others have kept their place.
_SESSION_PLACES = {
    "modalities": "output_modalities",
    "input_audio_format": "audio.input.format",
    "input_audio_transcription": "audio.input.transcription",
    "input_audio_noise_reduction": "audio.input.noise_reduction",
    "turn_detection": "audio.input.turn_detection",
    "output_audio_format": "audio.output.format",
    "voice": "audio.output.voice",
    "speed": "audio.output.speed",
    "max_response_output_tokens": "max_output_tokens",
}
_RESPONSE_PLACES = {
    name: _SESSION_PLACES[name]
    for name in ("modalities", "output_audio_format", "voice", "max_response_output_tokens")
}

_NESTED_ROWS = {
    "session.input_audio_transcription": "model language languages keywords prompt delay",
    "session.input_audio_noise_reduction": "type strength",
    "session.turn_detection": "type threshold prefix_padding_ms silence_duration_ms "
    "idle_timeout_ms eagerness create_response interrupt_response",
}

# Whether the dialect knows `type`, truncation and prompt is not established: they are let pass.
_REALTIME = table(
    {
        "session": "type id object expires_at client_secret model modalities instructions voice "
        "input_audio_format output_audio_format input_audio_transcription turn_detection "
        "input_audio_noise_reduction speed tracing include tools tool_choice temperature "
        "max_response_output_tokens truncation prompt",
        **_NESTED_ROWS,
        "response": "modalities instructions voice output_audio_format tools tool_choice "
        "temperature max_output_tokens max_response_output_tokens conversation metadata prompt "
        "input",
    }
)
_TRANSCRIPTION = table(
    {
        "session": "type id object expires_at client_secret modalities input_audio_format include "
        "input_audio_transcription input_audio_noise_reduction turn_detection",
        **_NESTED_ROWS,
    }
)

# Members that are GA's alone: nothing of the dialect may show them.
_GA_SESSION = frozenset({"type", "audio", "output_modalities", "max_output_tokens"})
_GA_RESPONSE = frozenset({"audio", "output_modalities"})

_RENAMED = {
    "transcription_session.created": "session.created",
    "transcription_session.updated": "session.updated",
    "conversation.item.created": "conversation.item.added",
    **{
        f"response.{stream}.{phase}": f"response.output_{stream}.{phase}"
        for stream in ("text", "audio", "audio_transcript")
        for phase in ("delta", "done")
    },
}

_PART_NAMES = {"text": "output_text", "audio": "output_audio"}


class Beta(Dialect):
    """Tells the frames of one beta connection in the words of GA."""

    name = "beta"
    place = "on a beta WebSocket"
    events = BETA_EVENTS
    foreign = BETA_FOREIGN_EVENTS

    def __init__(self) -> None:
        self._session_prefix = ""  # of the type of this connection's session events
        self._count = 0  # of the server's events
        self._out_of_band: set[str] = set()  # responses
        self._output_items: dict[str, bool] = {}  # whether they stand in the conversation

    def client(self, event: object) -> object:
        """A client event in the words of GA."""
        if not isinstance(event, dict):
            return event
        said = event.get("session")
        match event.get("type"):
            case "session.update" | "transcription_session.update" as kind:
                type_ = "realtime" if kind == "session.update" else "transcription"
                named = {**event, "type": "session.update"}
                if not isinstance(said, dict):
                    return named
                return {**named, "session": {**_nested(said, _SESSION_PLACES), "type": type_}}
            case "conversation.item.create":
                return {**event, "item": _item(event.get("item"))}
            case "response.create" if isinstance(event.get("response"), dict):
                return {**event, "response": _response(event["response"])}
            case _:
                return event

    def server(self, event: Event) -> list[Event]:
        """What a server event says in the words of GA."""
        kind = event["type"]
        told = {**event, "type": _RENAMED.get(kind, kind)}
        if "session" in event:
            type_ = "transcription" if kind.startswith("transcription_") else "realtime"
            told["session"] = {**_nested(event["session"], _SESSION_PLACES), "type": type_}
        if "response" in event:
            told["response"] = _response(event["response"])
        if "item" in event:
            told["item"] = _item(event["item"])
        self._remember(told)
        return [told, *self._final(told)]

    def _remember(self, told: Event) -> None:
        if told["type"] == "response.created" and told["response"].get("conversation_id") is None:
            self._out_of_band.add(told["response"]["id"])
        elif told["type"] == "response.output_item.added":
            in_conversation = told["response_id"] not in self._out_of_band
            self._output_items[told["item"]["id"]] = in_conversation

    def _final(self, told: Event) -> Iterator[Event]:
        """The conversation.item.done that GA would say: the dialect has none."""
        if told["type"] == "conversation.item.added":
            due = told["item"]["id"] not in self._output_items
        elif told["type"] == "response.output_item.done":
            due = self._output_items.get(told["item"]["id"], False)
        else:
            due = False
        if due:
            yield {"type": "conversation.item.done", "item": told["item"]}

    def objections(self, event: Event) -> Iterator[tuple[str, str]]:
        """Names of GA where the dialect has its own, and events out of place."""
        kind = event["type"]
        yield from self._misplaced(kind)
        shown = event.get("session")
        for name in _GA_SESSION & (shown or {}).keys():
            yield "beta-names", f"{kind}: the session has the member {name}"
        response = event.get("response")
        for name in _GA_RESPONSE & (response or {}).keys():
            yield "beta-names", f"{kind}: the response has the member {name}"
        for item in [event["item"]] if "item" in event else (response or {}).get("output", []):
            for part in item.get("content", ()):
                if part["type"] in _PART_NAMES.values():
                    yield "beta-names", f"{kind}: item {item['id']} has a part {part['type']}"

    def _misplaced(self, kind: str) -> Iterator[tuple[str, str]]:
        prefix = kind.rpartition(".")[0]
        self._count += 1
        if kind == "conversation.created" and self._count > 2:
            yield "conversation-created", "conversation.created does not follow session.created"
        if prefix in ("session", "transcription_session"):
            self._session_prefix = self._session_prefix or prefix
            if prefix != self._session_prefix:
                yield "event-place", f"{kind} belongs to the other kind of session"

    def path(self, path: str) -> str:
        """The flat path of a member."""
        for name, place in _SESSION_PLACES.items():
            for root in ("session", "response"):
                nested = f"{root}.{place}"
                if path == nested or path.startswith((f"{nested}.", f"{nested}[")):
                    return f"{root}.{name}{path.removeprefix(nested)}"
        return path

    def members(self, transcribes: bool) -> Members:
        """What the client may say in a session update and in response.create."""
        return _TRANSCRIPTION if transcribes else _REALTIME


def _nested(flat: dict[str, Any], places: dict[str, str]) -> dict[str, Any]:
    """A flat object in the shape of GA, without the members it should not have."""
    told: dict[str, Any] = {}
    for name, value in flat.items():
        if name in ("audio", "output_modalities"):
            continue
        *way, last = places.get(name, name).split(".")
        holder = told
        for step in way:
            holder = holder.setdefault(step, {})
        holder[last] = _value(name, value)
    return told


def _value(name: str, value: Any) -> Any:
    if name == "modalities" and isinstance(value, list):
        return _modalities(value)
    if name in ("input_audio_format", "output_audio_format") and isinstance(value, str):
        return _FORMATS.get(value, value)
    return value


def _modalities(value: list[Any]) -> list[Any]:
    """Speech has always a transcript, so that GA names the sound alone."""
    return ["audio"] if "audio" in value else value


def _response(flat: dict[str, Any]) -> dict[str, Any]:
    told = _nested(flat, _RESPONSE_PLACES)
    for name in ("output", "input"):
        if isinstance(told.get(name), list):
            told[name] = [_item(one) for one in told[name]]
    return told


def _item(item: Any) -> Any:
    """An item with GA's names for the parts of the assistant."""
    content = item.get("content") if isinstance(item, dict) else None
    if not isinstance(content, list) or item.get("role") != "assistant":
        return item
    return {**item, "content": [_part(part) for part in content]}


def _part(part: Any) -> Any:
    if not isinstance(part, dict) or not isinstance(part.get("type"), str):
        return part
    return {**part, "type": _PART_NAMES.get(part["type"], part["type"])}
