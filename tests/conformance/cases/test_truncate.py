"""Each case about truncating is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, drop, hears, in_place
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

PLANTED: Planted = {
    "an_answer_can_be_cut": [
        lambda: change("conversation.item.truncated", "audio_end_ms", 10),
        lambda: change("conversation.item.truncated", "item_id", "item_1"),
        lambda: change("conversation.item.truncated", "content_index", 1),
        lambda: change("conversation.item.retrieved", "item.content.0.transcript", "Hello."),
    ],
    "a_cut_past_the_end_is_clamped": [
        lambda: drop("conversation.item.truncated"),
        lambda: change("conversation.item.truncated", "audio_end_ms", 10),
        lambda: change("error", "error.event_id", "judge_3"),
        lambda: change("error", "error.message", "Too long."),
    ],
    "the_end_is_a_whole_number": [
        lambda: hears("conversation.item.truncate", "audio_end_ms", 10),
        lambda: change("error", "error.code", "invalid_value"),
        lambda: change("error", "error.param", None),
    ],
    "only_what_was_spoken_can_be_cut": [
        lambda: change("error", "error.message", "No."),
        lambda: change("error", "error.message", "No.", skip=1),
        lambda: change("error", "error.code", "unsupported_content_type"),
    ],
    "nothing_cannot_be_cut": [
        lambda: change("error", "error.message", "No."),
        lambda: in_place("error", {"type": "conversation.item.truncated"}),
    ],
    "the_only_part_is_the_first": [
        lambda: hears("conversation.item.truncate", "content_index", 0),
    ],
}


@pytest.mark.parametrize("case", cases_in("truncate"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
