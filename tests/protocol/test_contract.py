"""What the server says, read by others: OpenAI's own types, and the schemas of the wire.

The types of the `openai` package are always there, the schemas only where `contract` finds them.
"""

import functools
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from openai.types.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel

from protocol.contract import faults
from protocol.scenes import PCM, TOOL, dictation, everything, respond, text, update
from repartee.protocol import server
from repartee.protocol.client import ClientEvent
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.protocol.server import ServerEvent
from stage import Stage

DECLARED = {
    str(event.__struct_config__.tag)
    for event in vars(server).values()
    if isinstance(event, type)
    and issubclass(event, ServerEvent)
    and event.__struct_config__.tag is not None
    and event not in GA.unknown
}


@functools.cache
def said() -> tuple[dict[str, Any], ...]:
    """Everything a server says."""
    stage, deaf = Stage(), Stage(transcribes=True)
    everything(stage)
    dictation(deaf)
    return (*stage.events, *deaf.events)


def indexed(events: tuple[dict[str, Any], ...]) -> list[Any]:
    return [pytest.param(event, id=f"{n}-{event['type']}") for n, event in enumerate(events)]


SAID = indexed(said())
# The response model of a session is not in the package: these survive as extra members.
SESSION_ONLY = {"id", "object", "expires_at"}


def unknown(model: object, path: str = "") -> Iterator[str]:
    """The members that OpenAI's types do not know."""
    if isinstance(model, BaseModel):
        yield from (f"{path}.{name}" for name in model.model_extra or ())
        for name in type(model).model_fields:
            yield from unknown(getattr(model, name), f"{path}.{name}")
    elif isinstance(model, list):
        for one in model:
            yield from unknown(one, f"{path}[]")


def class_of(union: Any, kind: str) -> type[BaseModel]:
    """The one member of a union of events whose type is `kind`."""
    members = get_args(get_args(union)[0])
    found = [one for one in members if kind in get_args(one.model_fields["type"].annotation)]
    assert len(found) == 1
    model: type[BaseModel] = found[0]
    return model


def test_the_session_says_everything_that_is_declared() -> None:
    assert {event["type"] for event in said()} == DECLARED


@pytest.mark.parametrize("event", SAID)
def test_openai_reads_it(event: dict[str, Any]) -> None:
    """As the event that it is, strictly, and without a member that is not known there."""
    model = class_of(RealtimeServerEvent, event["type"])
    parsed = model.model_validate_json(json.dumps(event), strict=True)
    session_only = {f".session.{name}" for name in SESSION_ONLY}
    assert set(unknown(parsed)) <= session_only


def test_event_ids_are_unique() -> None:
    """B002"""
    stage = Stage()
    everything(stage)
    ids = [event["event_id"] for event in stage.events]
    assert len(set(ids)) == len(ids)
    assert all(ids)


@pytest.mark.parametrize("event", SAID)
def test_the_schema_accepts_it(event: dict[str, Any]) -> None:
    assert faults("server", event) == []


@pytest.mark.parametrize(
    "session",
    [
        {"tools": [{"type": "function", "name": "look", "description": None, "parameters": None}]},
        {"audio": {"input": {"transcription": {"model": "whisper-1", "language": None}}}},
        {"audio": {"input": {"transcription": {"model": "whisper-1", "delay": None}}}},
        {"reasoning": {"effort": None}},
        {"audio": {"output": {"voice": {"id": "voice_1"}}}},
    ],
)
def test_what_clients_say_is_echoed_as_others_read_it(session: dict[str, Any]) -> None:
    """A null that stands for nothing said does not come back as a value."""
    (updated,) = Stage().client(update(**session))
    model = class_of(RealtimeServerEvent, "session.updated")
    model.model_validate_json(json.dumps(updated), strict=True)
    assert faults("server", updated) == []


VAD = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 500,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
FORMAT = {"type": "audio/pcm", "rate": 24000}
ASKED: list[dict[str, Any]] = [
    update(
        model="gpt-realtime",
        output_modalities=["audio"],
        instructions="Be brief.",
        audio={
            "input": {
                "format": FORMAT,
                "transcription": {"model": "gpt-4o-mini-transcribe", "language": "en"},
                "noise_reduction": None,
                "turn_detection": VAD,
            },
            "output": {"format": FORMAT, "voice": "marin", "speed": 1.0},
        },
        tools=[TOOL],
        tool_choice="auto",
        max_output_tokens="inf",
        truncation="auto",
        tracing=None,
        prompt=None,
    ),
    update(tool_choice={"type": "function", "name": "look"}, max_output_tokens=4096),
    update(audio={"input": {"turn_detection": None}, "output": {"voice": {"id": "voice_1"}}}),
    {"type": "input_audio_buffer.append", "audio": PCM},
    {"type": "input_audio_buffer.commit"},
    {"type": "input_audio_buffer.clear"},
    {"type": "conversation.item.create", "item": text("Be brief.", "system")},
    {"type": "conversation.item.create", "item": text("Hello."), "previous_item_id": "root"},
    {"type": "conversation.item.create", "item": {"id": "mine", **text("Hi.", "assistant")}},
    {
        "type": "conversation.item.create",
        "item": {
            "type": "message",
            "role": "user",
            "content": [
                {"type": "input_audio", "audio": PCM},
                {
                    "type": "input_image",
                    "image_url": "data:image/png;base64,AAAA",
                    "detail": "high",
                },
            ],
        },
    },
    {
        "type": "conversation.item.create",
        "item": {
            "type": "function_call",
            "call_id": "call_1",
            "name": "look",
            "arguments": "{}",
            "status": "completed",
        },
    },
    {
        "type": "conversation.item.create",
        "item": {"type": "function_call_output", "call_id": "call_1", "output": "42"},
    },
    {"type": "conversation.item.retrieve", "item_id": "item_1"},
    {
        "type": "conversation.item.truncate",
        "item_id": "item_1",
        "content_index": 0,
        "audio_end_ms": 1500,
    },
    {"type": "conversation.item.delete", "item_id": "item_1"},
    {"type": "response.create"},
    respond(
        output_modalities=["text"],
        instructions="Be brief.",
        audio={"output": {"format": FORMAT, "voice": "cedar"}},
        tools=[TOOL],
        tool_choice="none",
        max_output_tokens=20,
        conversation="none",
        metadata={"topic": "side"},
        input=[text("Hello.")],
    ),
    {"type": "response.cancel"},
    {"type": "response.cancel", "response_id": "resp_1"},
    {"type": "output_audio_buffer.clear"},
]


def test_every_client_event_is_asked() -> None:
    served = {str(event.__struct_config__.tag) for event in get_args(ClientEvent)}
    assert {event["type"] for event in ASKED} == served
    openai = get_args(get_args(RealtimeClientEvent)[0])
    assert served == {get_args(one.model_fields["type"].annotation)[0] for one in openai}


@pytest.mark.parametrize("event", ASKED, ids=lambda event: str(event["type"]))
def test_what_clients_may_ask_is_decoded(event: dict[str, Any]) -> None:
    """It is what OpenAI's types and the schema of the wire allow, so it is not refused here."""
    whole = {**event, "event_id": "mine"}
    class_of(RealtimeClientEvent, event["type"]).model_validate_json(json.dumps(whole), strict=True)
    assert faults("client", whole) == []
    assert not isinstance(GA.decode(json.dumps(whole).encode()), Refused)
