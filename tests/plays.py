"""What clients do on a stage, in short: sessions updated, items created, answers spoken."""

import base64
from typing import Any

import msgspec

from repartee.protocol.client import SaidResponse
from repartee.protocol.prompt import Message
from repartee.protocol.template import Template, placeholders
from stage import FRAME, Stage

MANUAL: dict[str, Any] = {"audio": {"input": {"turn_detection": None}}}
TRANSCRIBED: dict[str, Any] = {"audio": {"input": {"transcription": {"model": "any"}}}}


_FLAT_FORMATS = {"audio/pcm": "pcm16", "audio/pcmu": "g711_ulaw", "audio/pcma": "g711_alaw"}


def flat(session: dict[str, Any]) -> dict[str, Any]:
    """What a session or a response is told in GA, as a beta client would tell it."""
    said = {key: value for key, value in session.items() if key != "audio"}
    if "output_modalities" in said:
        said["modalities"] = {"audio": ["audio", "text"], "text": ["text"]}[
            said.pop("output_modalities")[0]
        ]
    if "max_output_tokens" in said:
        said["max_response_output_tokens"] = said.pop("max_output_tokens")
    audio = session.get("audio", {})
    for name, value in audio.get("input", {}).items():
        said[name if name == "turn_detection" else f"input_audio_{name}"] = value
    for name, value in audio.get("output", {}).items():
        said["output_audio_format" if name == "format" else name] = value
    for name in ("input_audio_format", "output_audio_format"):
        if name in said:
            said[name] = _FLAT_FORMATS[said[name]["type"]]
    return said


def template(name: str, version: str = "1", **said: Any) -> Template:
    """A prompt of the operator's that says this of a response."""
    words = said.get("instructions", "")
    return Template(name, version, msgspec.convert(said, SaidResponse), placeholders(words))


def kinds(events: list[dict[str, Any]]) -> list[str]:
    return [event["type"] for event in events]


def error(events: list[dict[str, Any]]) -> tuple[str | None, str | None]:
    """Code and param of the one error."""
    assert kinds(events) == ["error"]
    return events[0]["error"]["code"], events[0]["error"]["param"]


def update(stage: Stage, **session: Any) -> list[dict[str, Any]]:
    return stage.client({"type": "session.update", "session": {"type": "realtime", **session}})


def heard(**members: Any) -> dict[str, Any]:
    """A session whose audio.input has these members."""
    return {"audio": {"input": members}}


def detection(**members: Any) -> dict[str, Any]:
    """A session whose turns are detected in this way."""
    return {"audio": {"input": {"turn_detection": {"type": "server_vad", **members}}}}


def respond(stage: Stage, **response: Any) -> str:
    """Begin a response; its id."""
    event = {"type": "response.create", "response": response}
    created = next(one for one in stage.client(event) if one["type"] == "response.created")
    response_id: str = created["response"]["id"]
    return response_id


def create(stage: Stage, item: dict[str, Any], **members: Any) -> list[dict[str, Any]]:
    return stage.client({"type": "conversation.item.create", "item": item, **members})


def retrieve(stage: Stage, item_id: str) -> dict[str, Any]:
    (retrieved,) = stage.client({"type": "conversation.item.retrieve", "item_id": item_id})
    item: dict[str, Any] = retrieved["item"]
    return item


def truncate(stage: Stage, item_id: str, end_ms: int, index: int = 0) -> list[dict[str, Any]]:
    return stage.client(
        {
            "type": "conversation.item.truncate",
            "item_id": item_id,
            "content_index": index,
            "audio_end_ms": end_ms,
        }
    )


def cancel(stage: Stage, **members: Any) -> list[dict[str, Any]]:
    return stage.client({"type": "response.cancel", **members})


def text(words: str, role: str = "user", **members: Any) -> dict[str, Any]:
    """A message item of text."""
    kind = "output_text" if role == "assistant" else "input_text"
    content = [{"type": kind, "text": words}]
    return {"type": "message", "role": role, "content": content, **members}


def sound(**members: Any) -> dict[str, Any]:
    """A user's message item of 128 ms of sound."""
    audio = base64.b64encode(FRAME * 4).decode()
    content = [{"type": "input_audio", "audio": audio}]
    return {"type": "message", "role": "user", "content": content, **members}


def spoken(stage: Stage, *words: str) -> str:
    """A spoken answer, 20 ms a character; its item's id."""
    ref = respond(stage)
    for one in words:
        stage.say(ref, one)
    stage.finish(ref)
    item_id: str = stage.last("response.output_item.done")["item"]["id"]
    return item_id


def lines(stage: Stage) -> list[tuple[str, str]]:
    """What a model is told of the conversation as it stands: who said what."""
    ref = respond(stage, conversation="none")
    told = stage.replies[ref].prompt.lines
    cancel(stage, response_id=ref)
    return [(line.role, line.text) for line in told if isinstance(line, Message)]
