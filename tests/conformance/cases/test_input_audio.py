"""Each case about the input audio buffer is proven by servers that break what it shows."""

import re

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, does_as_well, drop, hears, ignores, late
from repartee.conformance.play import sound
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_APPEND = "input_audio_buffer.append"
_HUM = sound.encoded(sound.hum(300))


def _is_empty(told: str) -> str:
    return re.sub(r"[\d.]+ms of audio\.$", "0.00ms of audio.", told)


def _half(audio: str) -> str:
    return audio[: len(audio) // 8 * 4]


def _still(audio: str) -> str:
    return sound.encoded(sound.decoded(audio) * 0)


PLANTED: Planted = {
    "audio_is_taken_without_a_word": [
        lambda: does_as_well("input_audio_buffer.append", {"type": "input_audio_buffer.clear"}),
    ],
    "what_is_no_audio_is_refused": [
        lambda: hears("input_audio_buffer.append", "audio", _HUM),
        lambda: hears("input_audio_buffer.append", "audio", _HUM, skip=1),
        lambda: change("error", "error.param", None),
        lambda: change("error", "error.message", "No."),
    ],
    "a_small_commit_is_refused": [
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", "audio"),
        lambda: change("error", "error.message", _is_empty, skip=1),
        lambda: hears("input_audio_buffer.append", "audio", _HUM),
    ],
    "the_least_commit_counts_in_the_input_format": [
        lambda: change("error", "error.message", _is_empty),
        lambda: hears("input_audio_buffer.append", "audio", _HUM),
        lambda: ignores("input_audio_buffer.append", skip=1),
    ],
    "a_commit_becomes_an_item": [
        lambda: change("input_audio_buffer.committed", "previous_item_id", None),
        lambda: change("conversation.item.added", "previous_item_id", "item_1"),
        lambda: change("conversation.item.added", "item.status", "in_progress", skip=1),
        lambda: change("conversation.item.done", "item.content.0.transcript", "Hum.", skip=1),
        lambda: change("conversation.item.done", "item.content.0.type", "audio", skip=1),
        lambda: change("conversation.item.added", "item.content.0.audio", _HUM, skip=1),
        lambda: change("conversation.item.added", "item.id", "item_1", skip=1),
        lambda: late("input_audio_buffer.committed", behind="conversation.item.added"),
    ],
    "a_commit_empties_the_buffer": [
        lambda: does_as_well("input_audio_buffer.commit", {"type": _APPEND, "audio": _HUM}),
    ],
    "a_commit_is_not_answered": [
        lambda: does_as_well("input_audio_buffer.commit", {"type": "response.create"}),
    ],
    "clear_forgets": [
        lambda: does_as_well("input_audio_buffer.clear", {"type": _APPEND, "audio": _HUM}),
        lambda: drop("input_audio_buffer.cleared"),
    ],
    "clear_forgets_pending_speech": [
        lambda: change("input_audio_buffer.speech_started", "item_id", "item_1"),
        lambda: change("input_audio_buffer.speech_started", "audio_start_ms", 1000, skip=1),
    ],
    "silence_after_clear_is_no_speech": [
        lambda: change("input_audio_buffer.speech_started", "audio_start_ms", 1000, skip=1),
        lambda: drop("input_audio_buffer.cleared"),
    ],
    "committed_audio_can_be_retrieved": [
        lambda: change("conversation.item.retrieved", "item.content.0.audio", _half),
        lambda: change("conversation.item.retrieved", "item.content.0.audio", _still),
    ],
    "noise_reduction_works_on_what_is_appended": [
        lambda: hears("session.update", "session.audio.input.noise_reduction", None),
    ],
}


# What the server does not do.


@pytest.mark.parametrize("case", cases_in("input_audio"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
