"""Each case about sessions that only transcribe is proven by servers that break what it shows."""

from typing import Any

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import (
    Event,
    Sabotage,
    also,
    change,
    drop,
    hears,
    ignores,
    in_place,
    late,
    rename,
    takes_for,
    twice,
    without,
)
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CREATED, UPDATE, UPDATED = "session.created", "session.update", "session.updated"
COMMITTED, ADDED = "input_audio_buffer.committed", "conversation.item.added"
STARTED = "input_audio_buffer.speech_started"
PREFIX = "conversation.item.input_audio_transcription."
COMPLETED = f"{PREFIX}completed"
TOKENS = {"type": "tokens", "input_tokens": 1, "output_tokens": 1, "total_tokens": 2}
SILENT = {"type": "input_audio_buffer.clear"}


def failed(completed: Event, **error: Any) -> Event:
    """A transcription that failed, in the place of one that did not."""
    place = {"item_id": completed["item_id"], "content_index": 0}
    return {"type": f"{PREFIX}failed", **place, "error": error}


PLANTED: Planted = {
    "the_intent_opens_a_transcription_session": [
        lambda: change(CREATED, "session.type", "realtime"),
        lambda: change(CREATED, "session.object", "realtime.session"),
        lambda: change(CREATED, "session.id", "session-1"),
        lambda: change(CREATED, "session.model", "gpt-realtime"),
        lambda: change(CREATED, "session.audio.output", {}),
        lambda: rename(CREATED, "transcription_session.created"),
    ],
    "the_intent_goes_with_the_subprotocol": [
        lambda: Sabotage(subprotocol=lambda offered: offered[-1]),
        lambda: Sabotage(subprotocol=lambda offered: None),
        lambda: change(CREATED, "session.type", "realtime"),
    ],
    "the_intent_comes_without_a_model": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.message", "No."),
        lambda: Sabotage(closing=(1008, "invalid_request_error.invalid_model")),
        lambda: in_place("error", {"type": CREATED}),
    ],
    "a_transcription_session_is_updated": [
        lambda: change(UPDATED, "session.audio.input.transcription.model", "another"),
        lambda: change(UPDATED, "session.audio.input.turn_detection", {"type": "server_vad"}),
        lambda: change(UPDATED, "session.audio.input.transcription.language", None),
        lambda: drop(UPDATED),
    ],
    "a_transcription_session_stays_one": [
        lambda: hears(UPDATE, "session.type", "transcription"),
        lambda: change("error", "error.message", "No."),
    ],
    "fields_of_answers_are_unknown": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "session", skip=2),
        lambda: hears(UPDATE, "session", {"type": "transcription"}, skip=4),
        lambda: change("error", "error.code", "invalid_value", skip=5),
    ],
    "a_turn_is_transcribed_and_not_answered": [
        lambda: late(COMMITTED, ADDED),
        lambda: change(STARTED, "item_id", "item_1"),
        lambda: drop(COMPLETED),
        lambda: also(ADDED, {"type": "response.created", "response": {"id": "resp_1"}}),
    ],
    "a_commit_is_transcribed": [
        lambda: twice(COMPLETED),
        lambda: drop(COMPLETED, skip=2),
        lambda: change(COMPLETED, "item_id", "item_1", skip=1),
        lambda: drop("conversation.item.done"),
    ],
    "the_deltas_are_the_transcript": [
        lambda: change(COMPLETED, "transcript", "Something else."),
        lambda: without(COMPLETED, "usage"),
    ],
    "the_model_decides_how_usage_is_told": [
        lambda: change(COMPLETED, "usage", TOKENS),
        lambda: change(COMPLETED, "usage", {"type": "duration", "seconds": 2}, skip=1),
    ],
    "probabilities_come_or_are_refused": [
        lambda: without(COMPLETED, "logprobs"),
        lambda: change(COMPLETED, "logprobs", [{"token": "a"}]),
        lambda: hears(
            UPDATE,
            "session",
            {"type": "transcription"},
            when=lambda event: "include" in event["session"],
        ),
    ],
    "what_cannot_be_understood_is_told": [
        lambda: drop(COMPLETED),
        lambda: in_place(COMPLETED, lambda event: failed(event, type="x", param=None, message="")),
        lambda: in_place(COMPLETED, lambda event: failed(event, message="What?")),
        lambda: rename(COMPLETED, f"{PREFIX}finished"),
    ],
    "transcription_can_be_switched_off": [
        lambda: hears(UPDATE, "session", {"type": "transcription"}, skip=1),
        lambda: drop(COMPLETED),
    ],
    "telephone_sound_is_transcribed": [
        lambda: hears(UPDATE, "session", {"type": "transcription"}, skip=1),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: drop(COMPLETED),
    ],
    "there_are_no_answers": [
        lambda: takes_for("response.create", SILENT),
        lambda: takes_for("response.cancel", SILENT),
    ],
    "items_come_from_what_is_said": [
        lambda: ignores("conversation.item.create"),
        lambda: ignores("conversation.item.truncate"),
    ],
    "what_was_said_is_retrieved_and_deleted": [
        lambda: change("conversation.item.retrieved", "item.content.0.audio", None),
        lambda: ignores("conversation.item.delete"),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "models_without_turns_refuse_detection": [
        lambda: change("error", "error.message", "No."),
        lambda: change("error", "error.message", "No.", skip=1),
        lambda: hears(UPDATE, "session", {"type": "transcription"}, skip=1),
    ],
    "the_older_update_is_no_event": [
        lambda: ignores("transcription_session.update"),
        lambda: change("error", "error.param", None),
        lambda: change("error", "error.code", "unknown_event"),
    ],
}


@pytest.mark.parametrize("case", cases_in("transcription"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
