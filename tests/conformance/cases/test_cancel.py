"""Each case about cancelling is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import Event, also, change, hears, takes_for
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


def _is_beside(event: Event) -> bool:
    return bool(event["response"]["metadata"])


PLANTED: Planted = {
    "a_cancelled_response_closes": [
        lambda: change("response.done", "response.status", "completed"),
        lambda: change("response.done", "response.status_details.reason", "turn_detected"),
        lambda: change("response.done", "response.output.0.status", "completed"),
        lambda: change("response.done", "response.output.0.content.0.transcript", "All of it."),
        lambda: change("response.output_audio_transcript.done", "transcript", "All of it."),
    ],
    "there_must_be_something_to_cancel": [
        lambda: change("error", "error.code", None),
        lambda: change("error", "error.message", "Nothing to cancel."),
        lambda: change("error", "error.code", None, skip=1),
    ],
    "a_named_response_is_cancelled": [
        lambda: change("response.done", "response.status", "completed"),
        lambda: change("response.done", "response.status", "cancelled", when=_is_beside, skip=1),
        lambda: hears("response.cancel", "response_id", "resp_nobody"),
    ],
    "response_cancelled_does_not_exist": [
        lambda: also("response.done", {"type": "response.cancelled"}),
    ],
    "the_next_response_may_begin_at_once": [
        lambda: takes_for("response.create", {"type": "response.cancel"}, skip=1),
        lambda: change("response.done", "response.status", "failed", skip=1),
    ],
}


@pytest.mark.parametrize("case", cases_in("cancel"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
