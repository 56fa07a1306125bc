"""Each case about responses is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Event, Sabotage, also, both, change, drop, hears, late, twice
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_PART = "response.content_part.added"
_ITEM = "response.output_item.done"
_LIMIT = {"name": "words", "limit": 9, "remaining": 9, "reset_seconds": 0}


def _is_assistant(event: Event) -> bool:
    return bool(event["item"]["role"] == "assistant")


def _sounding(kind: str, path: str) -> Sabotage:
    return change(kind, f"{path}.content.0.audio", "AAAA")


def _doubled(count: int) -> int:
    return 2 * count + 5


PLANTED: Planted = {
    "a_response_begins_blank": [
        lambda: change("response.created", "response.status", "completed"),
        lambda: change("response.created", "response.output", [{}]),
        lambda: change("response.created", "response.usage", {}),
        lambda: change("response.created", "response.status_details", {}),
        lambda: change("response.created", "response.conversation_id", None),
    ],
    "an_answer_climbs_its_ladder": [
        lambda: late("conversation.item.added", behind=_PART, when=_is_assistant),
        lambda: late("response.content_part.done", behind="response.output_item.done"),
        lambda: late("response.output_audio.done", behind="response.content_part.done"),
        lambda: late("conversation.item.done", behind="response.done", when=_is_assistant),
        lambda: change("response.output_item.added", "item.status", "completed"),
        lambda: change("response.output_item.added", "item.content", [{"type": "output_audio"}]),
    ],
    "parts_begin_empty": [
        lambda: change(_PART, "part.type", "output_audio"),
        lambda: change(_PART, "part", {"type": "audio"}),
        lambda: change(_PART, "part.text", None),
        lambda: change(_PART, "part.text", "a", skip=1),
        lambda: change("response.output_item.done", "item.content.0.type", "audio"),
        lambda: change("response.output_item.done", "item.content.0.type", "text", skip=1),
    ],
    "deltas_add_up": [
        lambda: change("response.output_audio_transcript.delta", "delta", "a", skip=1),
        lambda: change("response.output_audio_transcript.done", "transcript", "a"),
        lambda: change("response.content_part.done", "part.transcript", "a"),
        lambda: change("response.output_item.done", "item.content.0.transcript", "a"),
        lambda: change("response.done", "response.output.0.content.0.transcript", "a"),
        lambda: change("response.output_text.delta", "delta", "a", skip=1),
        lambda: change("response.output_text.done", "text", "a"),
    ],
    "response_done_lists_what_was_said": [
        lambda: drop("response.done"),
        lambda: change("response.done", "response.output", []),
        lambda: change("response.done", "response.id", "resp_other"),
        lambda: change("response.done", "response.output.0.status", "in_progress"),
        lambda: both(_sounding("response.done", "response.output.0"), _sounding(_ITEM, "item")),
    ],
    "usage_adds_up": [
        lambda: change("response.done", "response.usage.total_tokens", 1),
        lambda: change("response.done", "response.usage.input_token_details.text_tokens", 0),
        lambda: change("response.done", "response.usage.input_token_details.cached_tokens", 10_000),
        lambda: change("response.done", "response.usage.output_token_details.audio_tokens", 10_000),
    ],
    "audio_is_counted_by_its_length": [
        lambda: change(
            "response.done", "response.usage.input_token_details.audio_tokens", _doubled
        ),
        lambda: change(
            "response.done", "response.usage.output_token_details.audio_tokens", _doubled
        ),
    ],
    "one_response_at_a_time": [
        lambda: drop("error"),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.message", "Wait."),
        lambda: also("error", {"type": "response.created", "response": {"id": "resp_other"}}),
    ],
    "a_written_answer_is_silent": [
        lambda: hears("response.create", "response.output_modalities", ["audio"]),
        lambda: also("response.output_text.done", {"type": "response.output_audio.done"}),
    ],
    "a_limit_makes_an_answer_incomplete": [
        lambda: hears("response.create", "response.max_output_tokens", "inf"),
        lambda: change("response.done", "response.status", "completed"),
        lambda: change("response.done", "response.status_details.reason", "content_filter"),
        lambda: change("response.done", "response.output.0.status", "completed"),
    ],
    "rate_limits_are_told_once": [
        lambda: drop("rate_limits.updated"),
        lambda: twice("rate_limits.updated"),
        lambda: late("rate_limits.updated", behind="response.output_item.added"),
        lambda: change("rate_limits.updated", "rate_limits", [_LIMIT]),
    ],
    "output_counts_from_zero": [
        lambda: change("response.output_item.added", "output_index", 1),
        lambda: change("response.done", "response.output.0.id", "item_1", skip=1),
    ],
}


@pytest.mark.parametrize("case", cases_in("response"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
