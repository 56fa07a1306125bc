"""Each case about connecting is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import KEY, Planted, cases_in, proves
from conformance.cases.saboteur import Sabotage, binary, both, change, drop, in_place
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_DETECTION = "session.audio.input.turn_detection"

PLANTED: Planted = {
    "the_first_frame_shows_the_session": [
        lambda: change("session.created", "session.object", "session"),
        lambda: change("session.created", "session.type", "transcription"),
        lambda: change("session.created", "session.id", "session-1"),
        lambda: in_place("session.created", {"type": "session.updated"}),
    ],
    "event_ids_are_unique": [
        lambda: change("response.created", "event_id", ""),
        lambda: both(
            change("response.created", "event_id", "twin"),
            change("response.done", "event_id", "twin"),
        ),
    ],
    "events_come_as_text_frames": [
        lambda: binary("rate_limits.updated"),
    ],
    "subprotocol_realtime_is_chosen_alone": [
        lambda: Sabotage(subprotocol=lambda offered: offered[-1] if offered else None),
        lambda: Sabotage(subprotocol=lambda offered: None),
    ],
    "a_wrong_key_is_refused_after_the_handshake": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: Sabotage(closing=(1008, "invalid_request_error.invalid_api_key")),
        lambda: Sabotage(closing=(3000, "invalid_api_key")),
        lambda: drop("session.created"),
        lambda: in_place("error", {"type": "session.created"}),
    ],
    "a_model_in_the_wrong_mode_is_refused": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: Sabotage(closing=(1008, "invalid_request_error.invalid_model")),
        lambda: Sabotage(closing=(4000, "invalid_model")),
    ],
    "a_session_lasts_an_hour": [
        lambda: change("session.created", "session.expires_at", lambda told: told + 600),
    ],
    "the_defaults_are_those_of_the_api": [
        lambda: change("session.created", "session.output_modalities", ["text"]),
        lambda: change("session.created", "session.tools", [{"type": "function", "name": "f"}]),
        lambda: change("session.created", "session.tool_choice", "none"),
        lambda: change("session.created", "session.max_output_tokens", 4096),
        lambda: change("session.created", "session.tracing", "auto"),
        lambda: change("session.created", "session.include", []),
        lambda: change(
            "session.created", "session.audio.input.transcription", {"model": "whisper-1"}
        ),
        lambda: change("session.created", "session.audio.input.format", {"type": "audio/pcmu"}),
        lambda: change("session.created", "session.audio.output.speed", 1.5),
    ],
    "turn_detection_is_on_with_its_defaults": [
        lambda: change("session.created", f"{_DETECTION}.silence_duration_ms", 200),
        lambda: change("session.updated", f"{_DETECTION}.silence_duration_ms", 200),
        lambda: change("session.created", f"{_DETECTION}.type", "semantic_vad"),
        lambda: change("session.created", f"{_DETECTION}.create_response", False),
        lambda: change("session.created", f"{_DETECTION}.idle_timeout_ms", 5000),
        lambda: change("session.created", _DETECTION, None),
    ],
    "truncation_is_automatic": [
        lambda: change("session.created", "session.truncation", "disabled"),
    ],
    "default_instructions_are_shown": [
        lambda: change("session.created", "session.instructions", " "),
    ],
    "a_safety_identifier_is_welcome": [
        lambda: Sabotage(unwelcome="OpenAI-Safety-Identifier"),
    ],
    "fifteen_mebibytes_of_audio_are_one_event": [
        lambda: Sabotage(largest=10 * 1024 * 1024),
        lambda: drop("input_audio_buffer.cleared"),
    ],
}


@pytest.mark.parametrize("case", cases_in("connect"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str, locked: str) -> None:
    about_keys = "B005" in case.behaviours
    await proves(case, locked if about_keys else good, PLANTED, KEY if about_keys else None)
