"""Each case about flat sessions is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import (
    Event,
    Sabotage,
    change,
    hears,
    in_place,
    takes_for,
)
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CREATED, UPDATED = "session.created", "session.updated"
UPDATE = "session.update"
DISABLED = {
    "type": "error",
    "error": {
        "type": "invalid_request_error",
        "code": "beta_api_shape_disabled",
        "message": "The Realtime Beta API is no longer supported.",
        "param": None,
        "event_id": None,
    },
}
NOTHING: Event = {"session": {}}


PLANTED: Planted = {
    "the_header_asks_for_the_flat_session": [
        lambda: in_place(CREATED, DISABLED),
        lambda: change(CREATED, "session.type", "realtime"),
        lambda: change(CREATED, "session.id", "session-1"),
        lambda: change(CREATED, "session.model", "another-model"),
        lambda: change(CREATED, "session.object", "session"),
    ],
    "the_subprotocol_asks_for_the_flat_session": [
        lambda: Sabotage(unheard="openai-beta.realtime-v1"),
        lambda: Sabotage(subprotocol=lambda offered: "openai-beta.realtime-v1"),
    ],
    "the_header_is_read_by_its_words": [
        lambda: change(
            CREATED, "session.audio", {}, when=lambda event: "type" not in event["session"]
        ),
        lambda: change(CREATED, "session.type", None),
    ],
    "the_defaults_are_those_of_the_beta": [
        lambda: change(CREATED, "session.voice", "marin"),
        lambda: change(CREATED, "session.temperature", 1.0),
        lambda: change(CREATED, "session.modalities", ["text"]),
        lambda: change(CREATED, "session.output_audio_format", "g711_ulaw"),
        lambda: change(CREATED, "session.turn_detection.silence_duration_ms", 200),
        lambda: change(CREATED, "session.input_audio_transcription", {"model": "whisper-1"}),
    ],
    "a_flat_update_is_merged": [
        lambda: change(UPDATED, "session.voice", "alloy"),
        lambda: change(UPDATED, "session.temperature", 1.0),
        lambda: change(UPDATED, "session.input_audio_format", "pcm16"),
    ],
    "flat_settings_can_be_cleared": [
        lambda: change(UPDATED, "session.turn_detection", {"type": "server_vad"}),
        lambda: change(UPDATED, "session.instructions", "Hum."),
        lambda: change(UPDATED, "session.input_audio_transcription", {"model": "whisper-1"}),
    ],
    "members_of_ga_are_unknown": [
        lambda: takes_for(UPDATE, NOTHING, when=lambda event: "audio" in event["session"]),
        lambda: change("error", "error.param", "session.modalities", skip=1),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change(UPDATED, "session.instructions", "Sing.", skip=1),
    ],
    "the_flat_voice_is_locked_once_heard": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.code", "invalid_value", skip=1),
        lambda: takes_for(
            UPDATE, NOTHING, when=lambda event: event["session"].get("voice") == "echo"
        ),
        lambda: change(UPDATED, "session.voice", "echo", skip=1),
    ],
    "max_response_output_tokens_has_a_range": [
        lambda: change(UPDATED, "session.max_response_output_tokens", 7),
        lambda: change("error", "error.param", "session.max_output_tokens"),
        lambda: hears(
            UPDATE,
            "session.max_response_output_tokens",
            4096,
            when=lambda event: event["session"].get("max_response_output_tokens") == 4097,
        ),
    ],
    "modalities_are_text_or_both": [
        lambda: change(UPDATED, "session.modalities", ["text"], skip=1),
        lambda: takes_for(
            UPDATE, NOTHING, when=lambda event: event["session"].get("modalities") == ["audio"]
        ),
        lambda: takes_for("response.create", {"response": {}}),
    ],
    "temperature_has_a_range": [
        lambda: change(UPDATED, "session.temperature", 0.8),
        lambda: takes_for(
            UPDATE, NOTHING, when=lambda event: event["session"].get("temperature") == 1.3
        ),
        lambda: change(UPDATED, "session.temperature", 1.3, skip=3),
    ],
    "the_flat_threshold_has_a_range": [
        lambda: change("error", "error.param", "session.audio.input.turn_detection.threshold"),
        lambda: takes_for(UPDATE, NOTHING, skip=1),
    ],
    "flat_semantic_turn_detection_shows_its_eagerness": [
        lambda: change(UPDATED, "session.turn_detection.eagerness", "auto"),
        lambda: change(UPDATED, "session.turn_detection.type", "server_vad"),
    ],
    "formats_are_words": [
        lambda: change(UPDATED, "session.input_audio_format", "pcm16"),
        lambda: change(UPDATED, "session.output_audio_format", {"type": "audio/pcmu"}),
        lambda: change("error", "error.param", "session.audio.input.format"),
    ],
}


@pytest.mark.parametrize("case", cases_in("beta_session"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
