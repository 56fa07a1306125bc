"""Each case about turn detection is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Event, also, change, does_as_well, drop, hears, ignores, late
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_STARTED = "input_audio_buffer.speech_started"
_STOPPED = "input_audio_buffer.speech_stopped"
_COMMITTED = "input_audio_buffer.committed"
_BY_CLIENT = {"type": "cancelled", "reason": "client_cancelled"}
_DETECTION = "session.audio.input.turn_detection"


def _detects(event: Event) -> bool:
    return "turn_detection" in event["session"].get("audio", {}).get("input", {})


def _is_beside(event: Event) -> bool:
    return event["response"]["conversation_id"] is None


def _is_heard(event: Event) -> bool:
    return bool(event["item"]["content"][0]["type"] == "input_audio")


def _stopped(event: Event) -> Event:
    return {"type": _STOPPED, "item_id": event["item"]["id"], "audio_end_ms": 2000}


PLANTED: Planted = {
    "a_turn_has_one_name_and_one_order": [
        lambda: change(_STOPPED, "item_id", "item_1"),
        lambda: change(_COMMITTED, "item_id", "item_1"),
        lambda: change("conversation.item.added", "item.id", "item_1"),
        lambda: change("conversation.item.done", "item.id", "item_1"),
        lambda: late(_COMMITTED, behind="conversation.item.added"),
        lambda: late(_STOPPED, behind=_COMMITTED),
        lambda: late("conversation.item.done", behind="response.created"),
        lambda: drop("response.created"),
    ],
    "the_start_includes_the_padding": [
        lambda: change(_STARTED, "audio_start_ms", lambda start: start + 400, skip=1),
        lambda: change(_STARTED, "audio_start_ms", lambda start: start + 40, skip=2),
    ],
    "the_end_includes_the_silence": [
        lambda: change(_STOPPED, "audio_end_ms", lambda end: end - 600, skip=1),
        lambda: change(_STOPPED, "audio_end_ms", lambda end: end - 1000),
    ],
    "offsets_count_the_audio_of_the_session": [
        lambda: change(_STARTED, "audio_start_ms", 200),
        lambda: change(_STARTED, "audio_start_ms", 200, skip=1),
    ],
    "a_commit_in_mid_speech_ends_the_turn": [
        lambda: also("conversation.item.done", _stopped),
        lambda: change(_COMMITTED, "item_id", "item_1"),
        lambda: ignores("input_audio_buffer.commit"),
    ],
    "a_late_commit_is_harmless": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: drop(_COMMITTED, skip=1),
    ],
    "turns_need_not_be_answered": [
        lambda: hears("session.update", f"{_DETECTION}.create_response", True, when=_detects),
        lambda: drop(_COMMITTED),
    ],
    "speech_interrupts_the_answer": [
        lambda: hears("session.update", f"{_DETECTION}.interrupt_response", False, when=_detects),
        lambda: change("response.done", "response.status_details", _BY_CLIENT),
        lambda: change("response.done", "response.status", "cancelled", when=_is_beside),
        lambda: late(_STARTED, behind="response.done"),
    ],
    "speech_need_not_interrupt": [
        lambda: hears("session.update", f"{_DETECTION}.interrupt_response", True, when=_detects),
        lambda: drop("conversation.item.done", when=_is_heard),
    ],
    "a_short_pause_does_not_end_a_turn": [
        lambda: hears("session.update", f"{_DETECTION}.silence_duration_ms", 300, when=_detects),
    ],
    "silence_is_no_speech": [
        lambda: also(
            "session.updated", {"type": _STARTED, "audio_start_ms": 0, "item_id": "item_1"}
        ),
        lambda: change(_STARTED, "audio_start_ms", 5000),
    ],
    "an_automatic_response_is_an_active_one": [
        lambda: drop("error"),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.message", "Wait."),
    ],
    "an_update_leaves_running_speech_alone": [
        lambda: change(_STOPPED, "item_id", "item_1"),
        lambda: change(_COMMITTED, "item_id", "item_1"),
        lambda: does_as_well("session.update", {"type": "input_audio_buffer.clear"}, skip=1),
    ],
}


@pytest.mark.parametrize("case", cases_in("vad"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
