"""The scenes of the beta dialect: those of GA as it tells them, and some of its own."""

import copy
from collections.abc import Callable
from typing import Any

from conformance import scenes
from conformance.refused_scenes import clamped, nonsense, refused_key
from conformance.sessions import MANUAL, SESSION, TRANSCRIPTION
from conformance.traces import Event, Script

_FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}
_PARTS = {"output_text": "text", "output_audio": "audio"}
_STREAMS = ("output_text", "output_audio", "output_audio_transcript")


def flat(session: dict[str, Any]) -> dict[str, Any]:
    """A session, or what is said of one, as the beta dialect shows it."""
    told = copy.deepcopy(session)
    told.pop("type", None)
    audio = told.pop("audio", {})
    for name, value in audio.get("input", {}).items():
        told[name if name == "turn_detection" else f"input_audio_{name}"] = value
    for name, value in audio.get("output", {}).items():
        told["output_audio_format" if name == "format" else name] = value
    for name in ("input_audio_format", "output_audio_format"):
        if name in told:
            told[name] = _FORMATS[told[name]["type"]]
    if "output_modalities" in told:
        modalities = told.pop("output_modalities")
        told["modalities"] = ["audio", "text"] if modalities == ["audio"] else modalities
    return told


def flat_session(session: dict[str, Any]) -> dict[str, Any]:
    """A whole session of the beta dialect."""
    told = flat(session)
    if session["type"] == "realtime":
        told["max_response_output_tokens"] = told.pop("max_output_tokens")
        told["temperature"] = 0.8
    return told


def beta_item(item: dict[str, Any]) -> dict[str, Any]:
    """An item with the parts of the beta dialect."""
    if item.get("role") != "assistant":
        return item
    parts = [{**part, "type": _PARTS.get(part["type"], part["type"])} for part in item["content"]]
    return {**item, "content": parts}


def beta_event(event: Event, transcribes: bool) -> Event | None:
    """One event in the beta dialect; None where it has none."""
    kind: str = event["type"]
    if kind == "conversation.item.done":
        return None
    told = {**event, "type": kind.replace("conversation.item.added", "conversation.item.created")}
    if kind.startswith("session.") and transcribes:
        told["type"] = f"transcription_{kind}"
    if kind.startswith("response.") and kind.split(".")[1] in _STREAMS:
        told["type"] = kind.replace("output_", "")
    if "session" in event:
        is_shown = kind != "session.update"
        told["session"] = (flat_session if is_shown else flat)(event["session"])
    if "response" in event:
        told["response"] = flat(event["response"])
        if isinstance(told["response"].get("output"), list):
            told["response"]["output"] = [beta_item(one) for one in told["response"]["output"]]
    if "item" in event:
        told["item"] = beta_item(event["item"])
    return told


def in_beta(scene: Callable[[], Script]) -> Callable[[], Script]:
    """The scene as a beta connection tells it."""

    def play() -> Script:
        script = scene()
        transcribes = script.session["type"] == "transcription"
        script.dialect = "beta"
        told = [(side, beta_event(event, transcribes)) for side, event in script.steps]
        script.steps = [(side, event) for side, event in told if event is not None]
        return script

    play.__name__ = f"beta_{scene.__name__}"
    return play


def opened(session: dict[str, Any] = SESSION) -> Script:
    """A beta connection with its first frames."""
    script = Script({**flat_session(session), "type": session["type"]})
    script.dialect = "beta"
    prefix = "transcription_" if session["type"] == "transcription" else ""
    script.server(f"{prefix}session.created", session=flat_session(session))
    return script


def beta_greeting() -> Script:
    """conversation.created, and a written turn, word for word."""
    script = opened(MANUAL)
    script.server("conversation.created", conversation={"id": "conv_1"})
    place = {"previous_item_id": None}
    item = {"id": "item_1", "type": "message", "role": "user", "status": "completed"}
    item["content"] = [{"type": "input_text", "text": "Hi"}]  # type: ignore[assignment]
    script.client("conversation.item.create", item={**item, "status": None})
    script.server("conversation.item.created", **place, item=item)
    script.client("response.create", response={"modalities": ["text"], "temperature": 0.6})
    response = {"id": "resp_1", "object": "realtime.response", "status": "in_progress"}
    blank: dict[str, Any] = {"status_details": None, "output": [], "usage": None}
    shown = {"conversation_id": "conv_1", "modalities": ["text"], "temperature": 0.6}
    script.server("response.created", response={**response, **blank, **shown})
    script.server("rate_limits.updated", rate_limits=[])
    answer: dict[str, Any] = {"id": "item_2", "type": "message", "role": "assistant"}
    begun = {**answer, "status": "in_progress", "content": []}
    script.server("response.output_item.added", response_id="resp_1", output_index=0, item=begun)
    script.server("conversation.item.created", previous_item_id="item_1", item=begun)
    part = {"response_id": "resp_1", "item_id": "item_2", "output_index": 0, "content_index": 0}
    script.server("response.content_part.added", **part, part={"type": "text", "text": ""})
    script.server("response.text.delta", **part, delta="Hello")
    script.server("response.text.done", **part, text="Hello")
    script.server("response.content_part.done", **part, part={"type": "text", "text": "Hello"})
    done = {**answer, "status": "completed", "content": [{"type": "text", "text": "Hello"}]}
    script.server("response.output_item.done", response_id="resp_1", output_index=0, item=done)
    usage = {"total_tokens": 3, "input_tokens": 2, "output_tokens": 1}
    ended = {**response, **shown, "status": "completed", "status_details": None}
    script.server("response.done", response={**ended, "output": [done], "usage": usage})
    return script


def beta_updates() -> Script:
    """Updates of a flat session: accepted, merged and refused."""
    script = opened()
    shown = {**flat_session(SESSION), "voice": "echo", "temperature": 1.1}
    script.client("session.update", session={"voice": "echo", "temperature": 1.1, "tools": None})
    script.server("session.updated", session=shown)
    shown = {**shown, "turn_detection": None, "input_audio_format": "g711_ulaw"}
    shown["max_response_output_tokens"] = 200
    script.client(
        "session.update",
        session={
            "turn_detection": None,
            "input_audio_format": "g711_ulaw",
            "max_response_output_tokens": 200,
        },
    )
    script.server("session.updated", session=shown)
    for said, param in (
        ({"temperature": 1.3}, "session.temperature"),
        ({"modalities": ["audio"]}, "session.modalities"),
        (
            {"turn_detection": {"type": "server_vad", "threshold": 2}},
            "session.turn_detection.threshold",
        ),
        ({"max_response_output_tokens": 0}, "session.max_response_output_tokens"),
    ):
        script.client("session.update", session=said)
        script.refuse("invalid_value", "Out of range.", param)
    script.client("session.update", session={"output_modalities": ["text"]})
    param = "session.output_modalities"
    script.refuse("unknown_parameter", f"Unknown parameter: '{param}'.", param)
    script.client("transcription_session.update", session={"input_audio_format": "pcm16"})
    script.refuse(
        None,
        "Passing a transcription session update event to a realtime session is not allowed.",
    )
    return script


def beta_transcription_update() -> Script:
    """A beta session that only transcribes is updated by an event of its own."""
    script = opened(TRANSCRIPTION)
    shown = flat_session(TRANSCRIPTION)
    detection = {**shown["turn_detection"], "silence_duration_ms": 700}
    said = {"turn_detection": {**detection, "create_response": False}, "modalities": ["text"]}
    script.client("transcription_session.update", session=said)
    script.server("transcription_session.updated", session={**shown, "turn_detection": detection})
    script.client("session.update", session=said)
    script.refuse(
        None, "Passing a realtime session update event to a transcription session is not allowed."
    )
    script.client("response.create")
    script.refuse("invalid_value", "There are no responses here.")
    return script


BETA_SCENES: tuple[Callable[[], Script], ...] = (
    *(
        in_beta(scene)
        for scene in (
            refused_key,
            scenes.connected,
            scenes.spoken_turn,
            scenes.manual_commit,
            scenes.text_turn,
            scenes.function_call,
            scenes.barge_in,
            scenes.cancel,
            scenes.out_of_band,
            scenes.conversation,
            clamped,
            scenes.transcription,
            scenes.unhappy,
            nonsense,
            scenes.tool_server,
        )
    ),
    beta_greeting,
    beta_updates,
    beta_transcription_update,
)
