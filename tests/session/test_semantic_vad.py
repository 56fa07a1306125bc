"""`semantic_vad`: turns end when what was said is finished, as somebody judges in each pause."""

from typing import Any

import pytest

from plays import detection, heard, kinds, respond, update
from repartee.session.commands import Hear, Judge
from repartee.session.inputs import Failed, Judged
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


def test_who_is_done_is_answered_at_once(stage: Stage) -> None:
    update(stage, **by_meaning())
    stage.hear(0.9, 5)
    assert stage.hear(0.0, 3) == []
    assert stage.pauses == []
    assert stage.hear(0.0) == []
    question = next(one for one in reversed(stage.commands) if isinstance(one, Judge))
    assert question.pcm == FRAME * 5 + SILENCE * 4
    events = stage.judge(1.0)
    assert kinds(events)[0] == STOPPED
    assert events[0]["audio_end_ms"] == 9 * 32


@pytest.mark.parametrize(("eagerness", "longest_ms"), [("low", 8000), ("high", 2000)])
def test_who_is_not_done_is_waited_for_but_not_for_ever(
    stage: Stage, eagerness: str, longest_ms: int
) -> None:
    """B076"""
    update(stage, **by_meaning(eagerness=eagerness))
    stage.hear(0.9, 5)
    stage.hear(0.0, 7)
    assert stage.judge(0.0) == []
    assert stage.hear(0.0, longest_ms // 32 - 8) == []
    assert STOPPED in kinds(stage.hear(0.0, 2))


def test_a_verdict_that_comes_too_late_is_none(stage: Stage) -> None:
    update(stage, **by_meaning())
    stage.hear(0.9, 5)
    stage.hear(0.0, 8)
    stage.hear(0.9)
    assert stage.judge(1.0) == []
    stage.hear(0.0, 7)
    first, second = (one for one in stage.commands if isinstance(one, Judge))
    assert first.ref != second.ref
    assert kinds(stage.judge(1.0))[0] == STOPPED


def test_nobody_is_asked_twice_in_a_pause_and_only_of_the_last_seconds(stage: Stage) -> None:
    update(stage, **by_meaning(eagerness="low"))
    stage.hear(0.9, 400)
    stage.hear(0.0, 60)
    (question,) = (one for one in stage.commands if isinstance(one, Judge))
    assert len(question.pcm) == 8_000 * 48


def test_where_nobody_can_tell_the_usual_pause_ends_the_turn(stage: Stage) -> None:
    update(stage, **by_meaning(eagerness="high"))
    stage.hear(0.9, 5)
    stage.hear(0.0, 7)
    assert stage.feed(Failed(stage.pauses.pop(), "engine_error", "It broke.")) == []
    assert kinds(stage.hear(0.0, 9))[0] == STOPPED


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


def test_a_verdict_on_what_nobody_asks_any_more_is_none(stage: Stage) -> None:
    update(stage, **by_meaning())
    stage.hear(0.9, 5)
    stage.hear(0.0, 8)
    update(stage, **detection())
    assert stage.judge(1.0) == []
    assert STOPPED in kinds(stage.hear(0.0, 8))


def test_a_verdict_on_an_earlier_pause_is_none(stage: Stage) -> None:
    update(stage, **by_meaning())
    for _ in range(2):
        stage.hear(0.9, 5)
        stage.hear(0.0, 8)
    earlier, _ = stage.pauses
    assert stage.feed(Judged(earlier, 1.0)) == []
    assert kinds(stage.judge(1.0))[0] == STOPPED
