"""Each case about patient turn detection is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, drop, late
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_TRIGGERED = "input_audio_buffer.timeout_triggered"

PLANTED: Planted = {
    "a_turn_by_meaning_ends_in_time": [
        lambda: change("input_audio_buffer.speech_stopped", "audio_end_ms", lambda end: end + 9000),
        lambda: change("input_audio_buffer.speech_stopped", "item_id", "item_1"),
        lambda: drop("input_audio_buffer.committed", skip=2),
    ],
    "an_idle_user_is_spoken_to": [
        lambda: change(_TRIGGERED, "audio_end_ms", lambda end: end + 3000),
        lambda: change(_TRIGGERED, "item_id", "item_1"),
        lambda: late(_TRIGGERED, behind="input_audio_buffer.committed"),
    ],
}


@pytest.mark.parametrize("case", cases_in("patience"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
