"""What is said on calls only, and what is not said there."""

from typing import Any

import pytest

from conformance.call_scenes import cleared, played
from conformance.judging import Broken, add, breaks, error, judge, rules_broken
from conformance.traces import pcm

PLACE: dict[str, Any] = {
    "response_id": "resp_1",
    "item_id": "item_2",
    "output_index": 0,
    "content_index": 0,
}


@pytest.mark.parametrize(
    "case",
    [
        breaks(
            "event-place",
            played,
            add("response.output_audio.delta", before="response.done", **PLACE, delta=pcm(20)),
        ),
        breaks("event-place", played, add("conversation.item.created")),
        breaks("shape", played, add("output_audio_buffer.stopped")),
    ],
)
def test_sound_is_no_event(case: Broken) -> None:
    """B131"""
    assert rules_broken(case) == {case.rule}


def test_clearing_the_output_is_refused_only_where_the_client_plays() -> None:
    """B152"""
    steps = cleared().steps
    assert not judge(steps, dialect="call")
    assert "buffer-clear" in {one.rule for one in judge(steps, dialect="ga")}


def test_clearing_the_output_is_no_error() -> None:
    steps = cleared().steps
    add("error", error=error("Not here.", event_id="client_3"))(steps)
    assert {one.rule for one in judge(steps, dialect="call")} == {"one-answer"}
