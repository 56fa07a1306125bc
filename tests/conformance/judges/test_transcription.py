"""What was committed is transcribed once, and adds up."""

import pytest

from conformance.judging import Broken, add, breaks, drop, judge, put, repeat, rules_broken
from conformance.scenes import spoken_turn, transcription, unhappy
from conformance.traces import Script

KIND = "conversation.item.input_audio_transcription"
LOGPROBS = [{"token": "Hi", "logprob": -0.1, "bytes": [72, 105]}]


def deleted() -> Script:
    """A deleted item need not be transcribed any more."""
    script = transcription()
    del script.steps[-1]
    script.client("conversation.item.delete", item_id="item_1")
    script.server("conversation.item.deleted", item_id="item_1")
    return script


@pytest.mark.parametrize(
    "case",
    [
        breaks("transcription-once", spoken_turn, drop(f"{KIND}.completed")),
        breaks("transcription-once", spoken_turn, repeat(f"{KIND}.completed")),
        breaks("transcription-once", transcription, repeat(f"{KIND}.failed")),
        breaks(
            "transcription-item",
            spoken_turn,
            put("session.created", "session.audio.input.transcription", None),
        ),
        breaks(
            "transcription-item",
            spoken_turn,
            add(f"{KIND}.delta", item_id="item_9", content_index=0, delta="Hm"),
        ),
        breaks("transcription-sum", spoken_turn, put(f"{KIND}.delta", "delta", "Ho ")),
        breaks("transcription-logprobs", spoken_turn, put(f"{KIND}.delta", "logprobs", LOGPROBS)),
        breaks(
            "transcription-silent",
            transcription,
            add("response.created", response=unhappy().steps[5][1]["response"]),
        ),
    ],
)
def test_transcriptions(case: Broken) -> None:
    assert rules_broken(case) == {case.rule}


def test_what_is_deleted_is_not_owed() -> None:
    assert not judge(deleted().steps)
