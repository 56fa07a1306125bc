"""The playing of a call's sound: begun, and ended or cleared."""

import copy
from collections.abc import Callable

import pytest

from conformance.call_scenes import CALL_SCENES, Call, cleared, interrupted, played, queued
from conformance.judging import Broken, add, breaks, drop, judge, move, put, repeat, rules_broken
from conformance.traces import Script

STARTED, STOPPED, CLEARED, TRUNCATED = (
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
    "output_audio_buffer.cleared",
    "conversation.item.truncated",
)


@pytest.mark.parametrize("rulings", [True, False])
@pytest.mark.parametrize("scene", CALL_SCENES)
def test_a_faultless_call_is_told_nothing(scene: Callable[[], Script], rulings: bool) -> None:
    assert not judge(scene().steps, rulings, "call")


def deleted() -> Script:
    """An item that is gone cannot be truncated any more."""
    script = Call()
    script.connect()
    item = script.answer_begins()
    script.speech_closes(item, "Once upon a time")
    script.end()
    script.client("conversation.item.delete", item_id=item["id"])
    script.server("conversation.item.deleted", item_id=item["id"])
    script.client("output_audio_buffer.clear")
    script.playout("cleared")
    return script


def test_what_is_deleted_need_not_be_truncated() -> None:
    assert not judge(deleted().steps, dialect="call")


@pytest.mark.parametrize(
    "case",
    [
        breaks("playout-response", played, add(STARTED, response_id="resp_2")),
        breaks("playout-response", played, put(STOPPED, "response_id", "resp_9")),
        breaks("playout-started", played, repeat(STARTED)),
        breaks("playout-stopped", played, drop(STOPPED)),
        breaks("playout-stopped", played, repeat(STOPPED)),
        breaks("playout-stopped", played, move(STOPPED, 0, "response.done")),
        breaks("playout-stopped", played, drop(STARTED)),
        breaks("playout-cleared", cleared, repeat(CLEARED)),
        breaks("playout-cleared", cleared, drop(STARTED)),
        breaks("playout-cleared", cleared, drop("output_audio_buffer.clear")),
        breaks("playout-cleared", queued, drop(CLEARED), drop(STARTED)),
        breaks("playout-truncated", interrupted, drop(TRUNCATED)),
        breaks("playout-truncated", interrupted, put(TRUNCATED, "audio_end_ms", -1)),
        breaks("playout-truncated", interrupted, put(TRUNCATED, "item_id", "item_1")),
        breaks(
            "playout-truncated",
            played,
            add(TRUNCATED, item_id="item_2", content_index=0, audio_end_ms=9),
        ),
    ],
)
def test_playout(case: Broken) -> None:
    assert case.rule in rules_broken(case)
    assert all(rule.startswith("playout") for rule in rules_broken(case))


def test_speech_that_interrupts_nothing_clears_nothing() -> None:
    steps = copy.deepcopy(interrupted().steps)
    detection = steps[0][1]["session"]["audio"]["input"]["turn_detection"]
    detection["interrupt_response"] = False
    assert {one.rule for one in judge(steps, dialect="call")} >= {"playout-cleared"}
