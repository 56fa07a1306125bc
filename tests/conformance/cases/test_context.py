"""Each case about the model's context is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, hears
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

PLANTED: Planted = {
    "without_truncation_too_much_is_an_error": [
        lambda: hears("session.update", "session.truncation", "auto"),
    ],
    "the_oldest_items_are_left_out": [
        lambda: change("response.done", "response.status", "failed"),
        lambda: change("response.done", "response.usage.input_tokens", 29_000),
        lambda: change("response.done", "response.usage.input_tokens", 50),
    ],
    "a_share_is_kept": [
        lambda: hears("session.update", "session.truncation.retention_ratio", 1.0),
    ],
    "the_conversation_has_a_limit_of_its_own": [
        lambda: hears(
            "session.update", "session.truncation.token_limits.post_instructions", 10_000
        ),
        lambda: change("conversation.item.retrieved", "item.content.0.text", "Gone."),
    ],
}


@pytest.mark.parametrize("case", cases_in("context"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
