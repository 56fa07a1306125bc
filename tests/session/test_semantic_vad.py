"""`semantic_vad`: turns end after a pause that grows with the client's patience."""

from typing import Any

import pytest

from plays import detection, heard, kinds, respond, update
from repartee.session.commands import Hear
from stage import FRAME, SILENCE, Stage

STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"


def by_meaning(**members: Any) -> dict[str, Any]:
    return heard(turn_detection={"type": "semantic_vad", **members})


@pytest.mark.parametrize(
    ("eagerness", "pause_ms", "longest_ms"),
    [("low", 2000, 8000), ("medium", 1000, 4000), ("auto", 1000, 4000), ("high", 500, 2000)],
)
def test_a_turn_ends_by_its_eagerness(
    stage: Stage, eagerness: str, pause_ms: int, longest_ms: int
) -> None:
    """B043, B076, B077"""
    (updated,) = update(stage, **by_meaning(eagerness=eagerness))
    assert updated["session"]["audio"]["input"]["turn_detection"] == {
        "type": "semantic_vad",
        "eagerness": eagerness,
        "create_response": True,
        "interrupt_response": True,
    }
    pause = -(-pause_ms // 32)
    assert kinds(stage.hear(0.9, 5) + stage.hear(0.0, pause - 1)) == [STARTED]
    stopped, committed, *_, created, _ = stage.hear(0.0)
    assert (stopped["type"], created["type"]) == (STOPPED, "response.created")
    assert stopped["audio_end_ms"] == (5 + pause) * 32 <= 5 * 32 + longest_ms
    assert stopped["item_id"] == committed["item_id"]


def test_without_a_word_it_is_auto(stage: Stage) -> None:
    (updated,) = update(stage, **by_meaning())
    assert updated["session"]["audio"]["input"]["turn_detection"]["eagerness"] == "auto"


def test_it_answers_and_interrupts_as_it_is_told(stage: Stage) -> None:
    """B071-B073"""
    update(stage, **by_meaning(create_response=False, interrupt_response=False))
    ref = respond(stage)
    events = stage.speak(5, 40)
    assert kinds(events)[:3] == [STARTED, STOPPED, "input_audio_buffer.committed"]
    assert "response.created" not in kinds(events)
    assert ref in stage.replies


@pytest.mark.parametrize(
    ("before", "after", "silent_frames"),
    [(by_meaning(eagerness="low"), detection(), 16), (detection(), by_meaning(), 32)],
)
def test_nothing_is_lost_when_the_kind_changes_in_mid_turn(
    stage: Stage, before: dict[str, Any], after: dict[str, Any], silent_frames: int
) -> None:
    """B049"""
    update(stage, **before)
    (started,) = stage.hear(0.9, 5) + stage.hear(0.0, 10)
    assert kinds(update(stage, **after)) == ["session.updated"]
    assert stage.hear(0.0, silent_frames - 11) == []
    stopped, *_ = stage.hear(0.0)
    assert (stopped["type"], stopped["item_id"]) == (STOPPED, started["item_id"])
    sent = [command for command in stage.commands if isinstance(command, Hear)]
    assert b"".join(one.pcm for one in sent) == FRAME * 5 + SILENCE * silent_frames


def test_a_pause_that_is_long_enough_by_the_new_rules_ends_the_turn(stage: Stage) -> None:
    update(stage, **by_meaning(eagerness="low"))
    stage.hear(0.9, 5)
    stage.hear(0.0, 40)
    update(stage, **detection())
    assert kinds(stage.hear(0.0))[0] == STOPPED
