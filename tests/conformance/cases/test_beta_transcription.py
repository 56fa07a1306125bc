"""Each case about the beta's transcription sessions is proven by servers that break it."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import (
    Sabotage,
    also,
    change,
    drop,
    hears,
    ignores,
    in_place,
    rename,
    takes_for,
)
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

OPENED = "transcription_session.created"
UPDATE, UPDATED = "transcription_session.update", "transcription_session.updated"
CREATED = "conversation.item.created"
STOPPED = "input_audio_buffer.speech_stopped"
COMPLETED = "conversation.item.input_audio_transcription.completed"

PLANTED: Planted = {
    "an_older_transcription_session_opens": [
        lambda: rename(OPENED, "session.created"),
        lambda: change(OPENED, "session.object", "realtime.session"),
        lambda: change(OPENED, "session.type", "transcription"),
        lambda: change(OPENED, "session.input_audio_format", {"type": "audio/pcm"}),
        lambda: Sabotage(unheard="openai-beta.realtime-v1"),
    ],
    "the_older_intent_comes_without_a_model": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: Sabotage(closing=(1008, "invalid_request_error.invalid_model")),
        lambda: in_place("error", {"type": OPENED}),
    ],
    "an_older_transcription_session_is_updated": [
        lambda: rename(UPDATED, "session.updated"),
        lambda: change(UPDATED, "session.input_audio_format", "pcm16", skip=1),
        lambda: change(UPDATED, "session.turn_detection", {"type": "server_vad"}),
    ],
    "each_session_has_its_own_update": [
        lambda: takes_for("session.update", {"type": UPDATE}),
        lambda: takes_for(UPDATE, {"type": "session.update"}),
        lambda: change("error", "error.message", "No."),
    ],
    "an_older_turn_is_transcribed": [
        lambda: drop(STOPPED),
        lambda: rename(CREATED, "conversation.item.added"),
        lambda: change(CREATED, "item.id", "item_1"),
        lambda: drop(COMPLETED),
        lambda: also(CREATED, {"type": "response.created", "response": {"id": "resp_1"}}),
    ],
    "an_older_transcription_session_has_no_answers": [
        lambda: takes_for("response.create", {"type": "input_audio_buffer.clear"}),
        lambda: ignores("conversation.item.create"),
        lambda: drop(COMPLETED),
    ],
    "fields_of_answers_are_unknown_to_older_sessions": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "session.audio.output.voice", skip=1),
        lambda: hears(UPDATE, "session", {}),
    ],
}


@pytest.mark.parametrize("case", cases_in("beta_transcription"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
