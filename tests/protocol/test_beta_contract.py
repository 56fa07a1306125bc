"""The beta dialect, read by others: OpenAI's old types, and the schemas of the wire.

A session says its GA events; what beta makes of each is read here.
"""

import functools
import json
from collections.abc import Iterator
from typing import Any, get_args

import pytest
from openai.types.beta.realtime import RealtimeClientEvent, RealtimeServerEvent
from pydantic import BaseModel

from protocol.contract import faults
from protocol.scenes import TOOL, dictation, everything, spoken_turn
from repartee.protocol import server
from repartee.protocol.beta import BETA, BETA_2024
from repartee.protocol.errors import Refused
from repartee.protocol.ga import Dialect
from repartee.protocol.server import ServerEvent
from stage import Stage

# Members that the schemas have, and the types of the package do not.
LACKING = {
    ".name",
    ".response.usage.input_token_details.image_tokens",
    ".response.usage.input_token_details.cached_tokens_details",
    ".session.id",
    ".session.object",
    ".session.expires_at",
    ".session.include",
    ".session.prompt",
    ".session.truncation",
    ".session.input_audio_noise_reduction",
}


class Overheard(Dialect):
    """GA, and beside it what other dialects would have said."""

    def __init__(self) -> None:
        super().__init__()
        self.events: list[ServerEvent] = []
        self.beta: list[dict[str, Any]] = []
        self.beta_2024: list[dict[str, Any]] = []

    def encode(self, event: ServerEvent) -> bytes | None:
        self.events.append(event)
        for dialect, heard in ((BETA, self.beta), (BETA_2024, self.beta_2024)):
            if (frame := dialect.encode(event)) is not None:
                heard.append(json.loads(frame))
        return super().encode(event)


@functools.cache
def overheard() -> Overheard:
    dialect = Overheard()
    everything(Stage(dialect=dialect, temperature=0.8))
    dictation(Stage(dialect=dialect, transcribes=True))
    return dialect


SAID = [pytest.param(event, id=f"{n}-{event['type']}") for n, event in enumerate(overheard().beta)]
RENAMED = {
    "conversation.item.added": "conversation.item.created",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
}
UNSAID = {"conversation.item.done", "input_audio_buffer.timeout_triggered"}
DECLARED = {
    str(event.__struct_config__.tag)
    for event in vars(server).values()
    if isinstance(event, type)
    and issubclass(event, ServerEvent)
    and event.__struct_config__.tag is not None
}


def types(events: list[dict[str, Any]]) -> set[str]:
    return {event["type"] for event in events}


def test_every_event_is_said_by_its_beta_name_or_not_at_all() -> None:
    expected = {RENAMED.get(name, name) for name in DECLARED - UNSAID}
    own = {"transcription_session.created", "transcription_session.updated"}
    assert types(overheard().beta) == expected | own


def test_azures_first_dialect_is_spared_what_it_does_not_know() -> None:
    """Its clients break on these."""
    younger = {
        "conversation.created",
        "conversation.item.input_audio_transcription.delta",
    }
    assert types(overheard().beta) - types(overheard().beta_2024) == younger


@pytest.mark.parametrize("event", SAID)
def test_the_schema_accepts_it(event: dict[str, Any]) -> None:
    found = faults("server", event, "beta")
    if event["type"].startswith("transcription_session."):  # whose secret only HTTP tells
        found = [fault for fault in found if "client_secret" not in fault]
    assert found == []


def class_of(kind: str, union: Any = RealtimeServerEvent) -> type[BaseModel]:
    members = get_args(get_args(union)[0])
    found = [one for one in members if kind in get_args(one.model_fields["type"].annotation)]
    assert len(found) == 1
    model: type[BaseModel] = found[0]
    return model


def unknown(model: object, path: str = "") -> Iterator[str]:
    """The members that the package does not know."""
    if isinstance(model, BaseModel):
        yield from (f"{path}.{name}" for name in model.model_extra or ())
        for name in type(model).model_fields:
            yield from unknown(getattr(model, name), f"{path}.{name}")
    elif isinstance(model, list):
        for one in model:
            yield from unknown(one, f"{path}[]")


@pytest.mark.parametrize("event", SAID)
def test_the_old_package_reads_it(event: dict[str, Any]) -> None:
    """But for a secret, which only HTTP tells, and a forced function, which it takes for a word."""
    session = event.get("session", {})
    if isinstance(session.get("tool_choice"), dict):
        event = {**event, "session": {**session, "tool_choice": "auto"}}
    if event["type"].startswith("transcription_session."):
        secret = {"value": "ek_1", "expires_at": 0}
        event = {**event, "session": {**session, "client_secret": secret}}
        event["type"] = "transcription_session.updated"  # the one type that the package has
    parsed = class_of(event["type"]).model_validate_json(json.dumps(event), strict=True)
    assert set(unknown(parsed)) <= LACKING


def test_a_beta_client_has_the_same_turn() -> None:
    """D3 and B057, B084, B110: by its own names, in the same order, and no `done` of items."""
    stage = Stage(dialect=BETA)
    stage.client({"type": "session.update", "session": {"input_audio_transcription": {}}})
    spoken_turn(stage)
    kinds = stage.kinds()
    turn = kinds[kinds.index("input_audio_buffer.committed") : kinds.index("response.done") + 1]
    assert [kind for kind in turn if "transcription." not in kind] == [
        "input_audio_buffer.committed",
        "conversation.item.created",
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.created",
        "response.content_part.added",
        "response.audio_transcript.delta",
        "response.audio.delta",
        "response.audio.done",
        "response.audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.done",
    ]


PART = {"type": "text", "text": "Hi."}
ASSISTANT = {"type": "message", "role": "assistant", "content": [PART]}
ASKED: list[dict[str, Any]] = [
    {
        "type": "session.update",
        "session": {
            "model": "gpt-4o-realtime-preview",
            "modalities": ["text", "audio"],
            "instructions": "Be brief.",
            "voice": "alloy",
            "input_audio_format": "pcm16",
            "output_audio_format": "g711_ulaw",
            "input_audio_transcription": {"model": "whisper-1", "language": "en", "prompt": "a"},
            "input_audio_noise_reduction": {"type": "near_field"},
            "turn_detection": {
                "type": "server_vad",
                "threshold": 0.5,
                "prefix_padding_ms": 300,
                "silence_duration_ms": 500,
                "create_response": True,
                "interrupt_response": True,
            },
            "speed": 1.0,
            "tools": [TOOL],
            "tool_choice": "auto",
            "temperature": 0.8,
            "max_response_output_tokens": "inf",
            "tracing": "auto",
        },
    },
    {
        "type": "session.update",
        "session": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}},
    },
    {
        "type": "transcription_session.update",
        "session": {
            "input_audio_format": "pcm16",
            "input_audio_transcription": {"model": "gpt-4o-transcribe"},
            "input_audio_noise_reduction": {"type": "far_field"},
            "turn_detection": {"type": "server_vad"},
            "modalities": ["text"],
            "include": ["item.input_audio_transcription.logprobs"],
        },
    },
    {"type": "conversation.item.create", "item": ASSISTANT, "previous_item_id": "item_1"},
    {
        "type": "response.create",
        "response": {
            "modalities": ["text"],
            "instructions": "Be brief.",
            "voice": "echo",
            "output_audio_format": "pcm16",
            "tools": [TOOL],
            "tool_choice": "required",
            "temperature": 0.6,
            "max_response_output_tokens": 20,
            "conversation": "none",
            "metadata": {"topic": "side"},
            "input": [ASSISTANT, {"type": "item_reference", "id": "item_1"}],
        },
    },
]


@pytest.mark.parametrize("event", ASKED, ids=lambda event: str(event["type"]))
def test_what_clients_may_ask_is_decoded(event: dict[str, Any]) -> None:
    """It is what OpenAI's old types and the schema of the wire allow, so it is not refused."""
    whole = {**event, "event_id": "mine"}
    model = class_of(event["type"], RealtimeClientEvent)
    assert set(unknown(model.model_validate_json(json.dumps(whole), strict=True))) == set()
    assert faults("client", whole, "beta") == []
    assert not isinstance(BETA.decode(json.dumps(whole).encode()), Refused)
