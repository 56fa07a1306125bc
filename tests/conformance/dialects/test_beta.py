"""The beta dialect, told in the words of GA."""

from collections.abc import Callable
from typing import Any

import pytest
from openai.types.beta.realtime import RealtimeServerEvent
from pydantic import TypeAdapter

from conformance import scenes
from conformance.beta_scenes import (
    BETA_SCENES,
    beta_greeting,
    beta_updates,
    flat_session,
    in_beta,
    opened,
)
from conformance.judging import (
    Broken,
    Steps,
    add,
    breaks,
    drop,
    judge,
    place,
    put,
    repeat,
    rules_broken,
)
from conformance.sessions import SESSION, TRANSCRIPTION
from conformance.traces import Script
from repartee.conformance.dialects.beta import Beta

SDK: TypeAdapter[Any] = TypeAdapter(RealtimeServerEvent)

spoken = in_beta(scenes.spoken_turn)
written = in_beta(scenes.text_turn)
called = in_beta(scenes.function_call)
committed = in_beta(scenes.manual_commit)
cancelled = in_beta(scenes.cancel)
aside = in_beta(scenes.out_of_band)

COMPLETED = "conversation.item.input_audio_transcription.completed"


def out_of_band_item(steps: Steps) -> None:
    """The item of an out-of-band response enters the conversation."""
    index = place(steps, "response.output_item.added")
    item = steps[index][1]["item"]
    event = {"type": "conversation.item.created", "event_id": "event_added", "item": item}
    steps.insert(index + 1, ("server", {**event, "previous_item_id": None}))


@pytest.mark.parametrize("rulings", [True, False])
@pytest.mark.parametrize("scene", BETA_SCENES)
def test_a_faultless_server_is_told_nothing(scene: Callable[[], Script], rulings: bool) -> None:
    assert not judge(scene().steps, rulings, "beta")


def is_known_to_sdk(kind: str) -> bool:
    """Whether the official client has a type for the event."""
    unknown = ("transcription_session.", "mcp_list_tools.", "response.mcp_call")
    return not kind.startswith(unknown) and not kind.endswith(".segment")


@pytest.mark.parametrize("scene", BETA_SCENES)
def test_the_scenes_are_legal(scene: Callable[[], Script]) -> None:
    for side, event in scene().steps:
        if side == "server" and is_known_to_sdk(event["type"]) and "mcp_" not in str(event):
            SDK.validate_python(event)


@pytest.mark.parametrize(
    "case",
    [
        breaks(
            "event-place",
            spoken,
            add("conversation.item.done", item={"id": "x", "type": "message"}),
        ),
        breaks("event-place", spoken, add("response.output_audio.delta")),
        breaks("shape", beta_greeting, put("conversation.created", "conversation.id", ...)),
        breaks("beta-names", spoken, put("session.created", "session.type", "realtime")),
        breaks("beta-names", written, put("response.done", "response.output_modalities", ["text"])),
        breaks(
            "beta-names",
            written,
            put("response.output_item.done", "item.content.0.type", "output_text"),
            put("response.done", "response.output.0.content.0.type", "output_text"),
        ),
        breaks(
            "conversation-created",
            beta_greeting,
            add("conversation.created", before="response.created", conversation={"id": "conv_1"}),
        ),
        breaks("response-home", beta_greeting, put("conversation.created", "conversation.id", "c")),
        breaks("session-merge", beta_updates, put("session.updated", "session.voice", "ash")),
        breaks(
            "session-merge", beta_updates, put("session.updated", "session.temperature", 1.0, nth=1)
        ),
        breaks(
            "session-merge",
            beta_updates,
            put("session.updated", "session.input_audio_format", "g711_alaw", nth=1),
        ),
        breaks("overrides", beta_greeting, put("response.created", "response.temperature", 0.7)),
        breaks(
            "overrides", beta_greeting, put("response.created", "response.modalities", ["audio"])
        ),
    ],
)
def test_frames_are_those_of_the_dialect(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


@pytest.mark.parametrize(
    "case",
    [
        breaks("unanswered", written, drop("conversation.item.created")),
        breaks("user-audio", committed, put("conversation.item.created", "item.role", "system")),
        breaks("item-order", called, put("conversation.item.created", "previous_item_id", "x", 1)),
        breaks("sums", written, put("response.text.done", "text", "Bad.")),
        breaks("sums", spoken, put("response.audio_transcript.delta", "delta", "Bad.")),
        breaks("closing", spoken, drop("response.audio.done")),
        breaks("item-before-content", called, drop("conversation.item.created", nth=1)),
        breaks("out-of-band", aside, out_of_band_item),
        breaks("transcription-once", spoken, repeat(COMPLETED)),
        breaks("voice-lock", cancelled, put("response.create", "response", {"voice": "ash"}, -1)),
    ],
)
def test_the_rules_of_ga_hold(case: Broken) -> None:
    assert case.rule in rules_broken(case)


@pytest.mark.parametrize(
    ("said", "param"),
    [
        ({"turn_detection": {"type": "server_vad", "threshold": 2}}, "audio.input.turn_detection"),
        ({"max_response_output_tokens": 0}, "max_output_tokens"),
    ],
)
def test_a_refusal_names_the_flat_member(said: dict[str, Any], param: str) -> None:
    script = opened()
    script.client("session.update", session=said)
    script.refuse("invalid_value", "Out of range.", f"session.{param}")
    assert [one.rule for one in judge(script.steps, dialect="beta")] == ["update-value"]


def test_modalities_have_no_order() -> None:
    script = opened()
    script.client("session.update", session={"modalities": ["text", "audio"]})
    script.server("session.updated", session=flat_session(SESSION))
    assert not judge(script.steps, dialect="beta")


def test_an_assistant_writes_text() -> None:
    content = [{"type": "input_text", "text": "x"}]
    item = {"type": "message", "role": "assistant", "content": content}
    script = opened()
    script.item(item)
    script.steps = [step for step in script.steps if step[1]["type"] != "conversation.item.done"]
    script.steps[-1][1]["type"] = "conversation.item.created"
    assert "create-content" in {one.rule for one in judge(script.steps, dialect="beta")}


def test_a_session_has_the_events_of_its_kind() -> None:
    script = opened()
    script.server("transcription_session.updated", session=flat_session(TRANSCRIPTION))
    assert "event-place" in {one.rule for one in judge(script.steps, dialect="beta")}


def test_messages_name_the_flat_member() -> None:
    script = opened()
    script.client("session.update", session={"voice": "ash"})
    script.server("session.updated", session=flat_session(SESSION))
    (violation,) = judge(script.steps, dialect="beta")
    assert violation.message.startswith("session.voice ")


def test_junk_is_no_event_in_any_dialect() -> None:
    beta = Beta()
    junks: tuple[object, ...] = (
        None,
        [],
        "x",
        {"type": 7},
        {"type": "session.update", "session": 7},
    )
    assert [beta.client(junk) for junk in junks] == [*junks]
    part = {"content": [7, {"type": 7}], "role": "assistant"}
    create = {"type": "conversation.item.create", "item": part}
    assert beta.client(create) == create
