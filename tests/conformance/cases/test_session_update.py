"""Each case about what session.update changes is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, hears, in_place, takes_for, twice
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_DETECTION = "session.audio.input.turn_detection"

PLANTED: Planted = {
    "an_update_is_answered_once_with_the_whole_session": [
        lambda: twice("session.updated"),
        lambda: change("session.updated", "event_id", "judge_1"),
        lambda: change("session.updated", "session", lambda session: {"instructions": "Hum."}),
        lambda: takes_for("session.update", {"session": {"type": "realtime"}}),
    ],
    "an_update_changes_what_it_names": [
        lambda: change("session.updated", "session.instructions", "", skip=1),
        lambda: change("session.updated", "session.audio.output.speed", 1, skip=1),
        lambda: change("session.updated", "session.audio.input.turn_detection", {}, skip=1),
        lambda: change("session.updated", "session.audio.input.format.type", "audio/pcmu", skip=1),
    ],
    "settings_can_be_cleared": [
        lambda: change("session.updated", "session.instructions", "Hum.", skip=1),
        lambda: hears("session.update", "session.tools", None, skip=1),
        lambda: change("session.updated", "session.audio.input.turn_detection", {}, skip=1),
        lambda: change("session.updated", "session.audio.input.transcription", {}, skip=1),
    ],
    "the_voice_can_change_before_it_is_heard": [
        lambda: hears("session.update", "session.audio.output.voice", "alloy"),
        lambda: hears("session.update", "session.audio.output.voice", "alloy", skip=1),
    ],
    "the_voice_is_locked_once_heard": [
        lambda: hears("session.update", "session.audio.output.voice", "marin", skip=2),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "session.audio.output.voice"),
        lambda: change("error", "error.type", "server_error"),
        lambda: change("session.updated", "session.audio.output.voice", "cedar", skip=2),
    ],
    "the_model_stays": [
        lambda: change("session.updated", "session.model", "another-model", skip=1),
        lambda: hears("session.update", "session.model", 5, skip=1),
    ],
    "tracing_is_set_once": [
        lambda: change("session.updated", "session.tracing", None),
        lambda: takes_for("session.update", {"session": {"type": "realtime"}}, skip=1),
        lambda: change("session.updated", "session.tracing", None, skip=1),
    ],
    "speed_changes_are_echoed": [
        lambda: change("session.updated", "session.audio.output.speed", 1),
        lambda: hears("session.update", "session.audio.output.speed", 9, skip=1),
    ],
    "max_output_tokens_takes_its_range": [
        lambda: hears("session.update", "session.max_output_tokens", 2),
        lambda: change("session.updated", "session.max_output_tokens", 4095, skip=1),
        lambda: change("session.updated", "session.max_output_tokens", 4096, skip=2),
    ],
    "output_modalities_take_one": [
        lambda: change("session.updated", "session.output_modalities", ["audio"]),
        lambda: change("session.updated", "session.output_modalities", ["text"], skip=1),
    ],
    "formats_are_echoed": [
        lambda: change("session.updated", "session.audio.input.format.type", "audio/pcm"),
        lambda: change("session.updated", "session.audio.output.format.rate", 24_000),
        lambda: change("session.updated", "session.audio.input.format.type", "audio/pcmu", skip=2),
    ],
    "semantic_turn_detection_shows_its_members": [
        lambda: change("session.updated", f"{_DETECTION}.eagerness", "medium"),
        lambda: change("session.updated", f"{_DETECTION}.type", "server_vad"),
        lambda: change("session.updated", f"{_DETECTION}.create_response", None),
        lambda: change("session.updated", f"{_DETECTION}.eagerness", "auto", skip=1),
        lambda: change("session.updated", f"{_DETECTION}.interrupt_response", True, skip=3),
    ],
    "tool_choice_takes_all_its_forms": [
        lambda: change("session.updated", "session.tool_choice", "auto", skip=1),
        lambda: change("session.updated", "session.tool_choice", "auto", skip=2),
        lambda: change("session.updated", "session.tool_choice", "required", skip=3),
    ],
    "transcripts_can_include_logprobs": [
        lambda: change("session.updated", "session.include", None),
        lambda: in_place("session.updated", {"type": "error", "error": {"param": "include"}}),
        lambda: in_place("session.updated", {"type": "error", "error": {"event_id": "other"}}),
    ],
    "reasoning_effort_takes_five_words": [
        lambda: hears("session.update", "session.reasoning.effort", "heroic"),
        lambda: hears("session.update", "session.reasoning.effort", "heroic", skip=4),
    ],
}


@pytest.mark.parametrize("case", cases_in("session_update"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
