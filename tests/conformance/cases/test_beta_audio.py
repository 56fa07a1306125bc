"""Each case about sound in the beta is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import (
    Event,
    also,
    change,
    does_as_well,
    drop,
    hears,
    ignores,
    late,
    twice,
    without,
)
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

COMMIT, COMMITTED = "input_audio_buffer.commit", "input_audio_buffer.committed"
CREATED, UPDATE = "conversation.item.created", "session.update"
STARTED = "input_audio_buffer.speech_started"
STOPPED = "input_audio_buffer.speech_stopped"
COMPLETED = "conversation.item.input_audio_transcription.completed"
PREFIX = "input_audio_buffer"


def detects(event: Event) -> bool:
    """Whether an update is about turn detection."""
    return "turn_detection" in event["session"]


PLANTED: Planted = {
    "a_commit_creates_one_item": [
        lambda: also(CREATED, lambda event: {**event, "type": "conversation.item.done"}),
        lambda: change(COMMITTED, "item_id", "item_1"),
        lambda: change(CREATED, "item.content.0.transcript", ""),
        lambda: does_as_well(COMMIT, {"type": "response.create"}),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.message", "The buffer is empty."),
    ],
    "a_telephone_commit_needs_800_bytes": [
        lambda: hears(UPDATE, "session.input_audio_format", "pcm16"),
        lambda: drop(COMMITTED),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "a_turn_creates_one_item": [
        lambda: change(STOPPED, "item_id", "item_1"),
        lambda: late(COMMITTED, CREATED),
        lambda: change(CREATED, "item.id", "item_1"),
        lambda: hears(UPDATE, "session.turn_detection.create_response", False),
    ],
    "a_turn_need_not_be_answered": [
        lambda: hears(UPDATE, "session.turn_detection.create_response", True, when=detects),
        lambda: drop(CREATED),
    ],
    "speech_interrupts_under_the_older_names": [
        lambda: hears(UPDATE, "session.turn_detection.interrupt_response", False),
        lambda: late(STARTED, "response.done"),
        lambda: change("response.done", "response.status_details.reason", "client_cancelled"),
    ],
    "a_buffer_is_cleared": [
        lambda: ignores(f"{PREFIX}.clear"),
        lambda: change("error", "error.code", "invalid_value"),
    ],
    "what_is_said_is_transcribed": [
        lambda: twice(COMPLETED),
        lambda: change(COMPLETED, "transcript", "Something else."),
        lambda: change(COMPLETED, "item_id", "item_1", skip=1),
        lambda: without(COMPLETED, "usage"),
        lambda: hears(UPDATE, "session.input_audio_transcription", None),
    ],
}


@pytest.mark.parametrize("case", cases_in("beta_audio"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
