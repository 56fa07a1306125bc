"""Each case about transcripts is proven by servers that break what it shows."""

import pytest

from conformance.cases.proof import Planted, cases_in, proves
from conformance.cases.saboteur import change, drop, twice, without
from repartee.conformance.play.case import Case

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

_DELTA = "conversation.item.input_audio_transcription.delta"
_COMPLETED = "conversation.item.input_audio_transcription.completed"
_TOKENS = {"input_tokens": 1, "output_tokens": 1, "total_tokens": 2}


PLANTED: Planted = {
    "every_commit_is_transcribed_once": [
        lambda: twice(_COMPLETED),
        lambda: drop(_COMPLETED, skip=2),
        lambda: change(_COMPLETED, "item_id", "item_1", skip=1),
    ],
    "a_transcript_is_the_sum_of_its_deltas": [
        lambda: change(_COMPLETED, "transcript", "Something else."),
        lambda: without(_COMPLETED, "usage"),
    ],
    "whisper_tells_all_at_once": [
        lambda: twice(_DELTA),
        lambda: change(_COMPLETED, "usage", {"type": "tokens", **_TOKENS}),
        lambda: change(_COMPLETED, "usage", {"type": "duration", "seconds": 60}),
    ],
    "later_models_count_tokens": [
        lambda: change(_COMPLETED, "usage", {"type": "duration", "seconds": 2}),
    ],
    "probabilities_come_where_they_are_asked_for": [
        lambda: change(_COMPLETED, "logprobs", [{"token": "a", "logprob": -1, "bytes": [97]}]),
        lambda: change(_COMPLETED, "logprobs", None, skip=1),
        lambda: change(_COMPLETED, "logprobs", [{"token": "a", "logprob": -1}], skip=1),
        lambda: change(_DELTA, "logprobs", [{"token": "a", "logprob": -1, "bytes": [97]}]),
    ],
    "hints_are_taken": [
        lambda: change("session.updated", "session.audio.input.transcription.language", None),
        lambda: change("session.updated", "session.audio.input.transcription.prompt", None),
    ],
    "languages_are_told": [
        lambda: without(_COMPLETED, "languages"),
    ],
}


# What the server does not do.


@pytest.mark.parametrize("case", cases_in("recognition"), ids=lambda case: case.name)
async def test_the_case_is_proven(case: Case, good: str) -> None:
    await proves(case, good, PLANTED)
