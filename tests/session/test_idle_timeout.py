"""`idle_timeout_ms`: nobody speaks after an answer, and the model is asked to go on."""

from collections.abc import Iterator
from math import ceil
from typing import Any

import pytest

from plays import create, detection, kinds, respond, retrieve, spoken, text, truncate, update
from repartee.protocol.prompt import Message as Spoken
from repartee.session.bounds import Bounds
from stage import FRAME_S, Stage

TRIGGERED = "input_audio_buffer.timeout_triggered"
TURN = [
    TRIGGERED,
    "input_audio_buffer.committed",
    "conversation.item.added",
    "conversation.item.done",
]
BEGUN = ["response.created", "rate_limits.updated"]
IDLE_S = 5.0


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = idle_stage()
    yield made
    made.settle()
    assert made.end() == []


def idle_stage(bounds: Bounds | None = None) -> Stage:
    made = Stage(bounds)
    update(made, **detection(idle_timeout_ms=5000))
    return made


def nudged(stage: Stage, seconds: float) -> list[dict[str, Any]]:
    """What comes of so much silence, which the timeout ends with its last frame."""
    assert stage.keep_silent(seconds - 2 * FRAME_S) == []
    return stage.keep_silent(3 * FRAME_S)


# What happens


def test_silence_after_an_answer_becomes_a_turn_that_is_answered(stage: Stage) -> None:
    """B078, B079, D13"""
    update(stage, audio={"input": {"transcription": {"model": "any"}}})
    item_id = spoken(stage, "Hello.")
    events = nudged(stage, 0.12 + IDLE_S)
    completed = "conversation.item.input_audio_transcription.completed"
    assert kinds(events) == [*TURN, completed, *BEGUN]
    triggered, committed, added, done, words, created, _ = events
    silence = added["item"]["id"]
    named = [one["item_id"] for one in (triggered, committed, words)]
    assert [*named, done["item"]["id"]] == [silence] * 4
    assert committed["previous_item_id"] == added["previous_item_id"] == item_id
    assert triggered["audio_end_ms"] - triggered["audio_start_ms"] == 5000
    assert (words["transcript"], added["item"]["content"][0]["transcript"]) == ("", None)
    told = stage.replies[created["response"]["id"]].prompt.lines
    assert told == (Spoken("assistant", "Hello."), Spoken("user", ""))
    assert len(retrieve(stage, silence)["content"][0]["audio"]) == 5000 * 48 * 4 / 3


def test_the_client_need_not_send_any_sound(stage: Stage) -> None:
    spoken(stage, "Hi.")
    assert stage.session.deadline == pytest.approx(0.06 + IDLE_S)
    assert stage.wait(IDLE_S) == []
    events = stage.wait(0.06)
    assert kinds(events) == [*TURN, *BEGUN]
    assert events[0]["audio_start_ms"] == events[0]["audio_end_ms"] == 0


def test_it_happens_once_in_a_quiet_period_and_again_after_the_next_answer(stage: Stage) -> None:
    spoken(stage, "Hi.")
    nudged(stage, 0.06 + IDLE_S)
    assert stage.keep_silent(3 * IDLE_S) == []
    stage.say(next(iter(stage.replies)), "Still there?")
    assert stage.keep_silent(3 * IDLE_S) == []
    stage.finish(next(iter(stage.replies)))
    assert kinds(nudged(stage, IDLE_S)) == [*TURN, *BEGUN]


# When it counts


def test_nothing_counts_before_the_first_answer(stage: Stage) -> None:
    """B080"""
    assert stage.session.deadline == 3600
    assert stage.keep_silent(2 * IDLE_S) == []


def test_what_still_plays_is_waited_for(stage: Stage) -> None:
    spoken(stage, "x" * 500)
    assert stage.session.deadline == pytest.approx(10 + IDLE_S)
    assert stage.keep_silent(10 + IDLE_S - 1) == []
    assert TRIGGERED in kinds(stage.keep_silent(2))


def test_a_client_that_truncates_has_stopped_playing(stage: Stage) -> None:
    item_id = spoken(stage, "x" * 500)
    stage.now = 3
    truncate(stage, item_id, 3000)
    assert stage.session.deadline == pytest.approx(3 + IDLE_S)


def test_one_whose_truncation_is_refused_has_told_nothing(stage: Stage) -> None:
    spoken(stage, "x" * 500)
    stage.now = 3
    truncate(stage, "nowhere", 3000)
    assert stage.session.deadline == pytest.approx(10 + IDLE_S)


def test_an_answer_that_begins_while_another_plays_is_heard_after_it(stage: Stage) -> None:
    spoken(stage, "x" * 500)
    stage.now = 2
    spoken(stage, "x" * 50)
    assert stage.session.deadline == pytest.approx(11 + IDLE_S)


def test_what_runs_beside_the_conversation_is_not_played(stage: Stage) -> None:
    spoken(stage, "Hi.")
    beside = respond(stage, conversation="none")
    stage.say(beside, "x" * 500)
    stage.now = 1
    stage.finish(beside)
    assert stage.session.deadline == pytest.approx(0.06 + IDLE_S)


@pytest.mark.parametrize("how", ["failed", "cancelled", "incomplete"])
def test_every_end_of_an_answer_counts(stage: Stage, how: str) -> None:
    ref = respond(stage)
    stage.now = 7
    if how == "failed":
        stage.fail(ref)
    elif how == "cancelled":
        stage.client({"type": "response.cancel"})
    else:
        stage.finish(ref, "max_output_tokens")
    assert stage.session.deadline == 7 + IDLE_S


def test_so_does_that_of_one_that_fails_at_once(stage: Stage) -> None:
    update(stage, **detection(idle_timeout_ms=5000, create_response=False))
    stage.speak()
    stage.fail(next(iter(stage.recognitions)))
    failed = stage.client({"type": "response.create"})
    assert failed[-1]["response"]["status"] == "failed"
    assert stage.session.deadline == IDLE_S


# Who ends it


def test_speech_ends_it(stage: Stage) -> None:
    """B080"""
    update(stage, **detection(idle_timeout_ms=5000, create_response=False))
    spoken(stage, "Hi.")
    stage.keep_silent(IDLE_S - 1)
    stage.speak()
    assert stage.session.deadline == 3600
    assert stage.keep_silent(2 * IDLE_S) == []


def test_an_answer_that_ends_while_the_user_speaks_begins_nothing(stage: Stage) -> None:
    update(stage, **detection(idle_timeout_ms=5000, interrupt_response=False))
    ref = respond(stage)
    stage.say(ref, "Hi.")
    stage.hear(0.9, 5)
    stage.finish(ref)
    assert stage.session.deadline == 3600


def test_speech_that_interrupts_ends_what_plays(stage: Stage) -> None:
    ref = respond(stage)
    stage.say(ref, "x" * 500)
    stage.now = 1
    stage.speak()
    assert stage.session.deadline == 3600
    stage.settle()
    assert stage.session.deadline == pytest.approx(1 + 0.1 + IDLE_S)


def test_speech_that_does_not_interrupt_leaves_it_playing(stage: Stage) -> None:
    update(stage, **detection(idle_timeout_ms=5000, interrupt_response=False))
    ref = respond(stage)
    stage.say(ref, "x" * 500)
    stage.now = 1
    stage.speak()
    stage.finish(ref)
    assert stage.session.deadline == pytest.approx(10 + IDLE_S)


def test_another_answer_ends_it(stage: Stage) -> None:
    spoken(stage, "Hi.")
    stage.now = IDLE_S
    ref = respond(stage)
    assert stage.session.deadline == 3600
    assert stage.wait(60) == []
    stage.finish(ref)
    assert stage.session.deadline == 60 + 2 * IDLE_S


def test_items_clears_and_what_runs_beside_do_not(stage: Stage) -> None:
    spoken(stage, "Hi.")
    deadline = stage.session.deadline
    stage.now = 1
    create(stage, text("Hello."))
    stage.client({"type": "input_audio_buffer.clear"})
    stage.finish(respond(stage, conversation="none"))
    assert stage.session.deadline == deadline


# What the client may change


def test_the_time_may_be_changed_and_taken_away_while_it_counts(stage: Stage) -> None:
    spoken(stage, "Hi.")
    update(stage, **detection(idle_timeout_ms=30_000))
    assert stage.session.deadline == pytest.approx(30.06)
    update(stage, **detection())
    assert stage.session.deadline == 3600
    update(stage, **detection(idle_timeout_ms=6000))
    assert stage.session.deadline == pytest.approx(6.06)


def test_silence_that_has_lasted_long_enough_counts_at_once(stage: Stage) -> None:
    update(stage, **detection())
    spoken(stage, "Hi.")
    assert stage.keep_silent(20) == []
    events = update(stage, **detection(idle_timeout_ms=5000))
    assert kinds(events) == ["session.updated", *TURN, *BEGUN]
    assert events[1]["audio_end_ms"] - events[1]["audio_start_ms"] == 2000, "no more was kept"


def test_by_meaning_or_by_hand_there_is_none(stage: Stage) -> None:
    """B042"""
    spoken(stage, "Hi.")
    update(stage, audio={"input": {"turn_detection": {"type": "semantic_vad"}}})
    assert stage.session.deadline == 3600
    update(stage, **detection(idle_timeout_ms=5000))
    update(stage, audio={"input": {"turn_detection": None}})
    assert stage.session.deadline == 3600


def test_sound_left_from_turns_by_hand_is_in_it(stage: Stage) -> None:
    """The item is open already: its words are still to come, and the answer waits for them."""
    spoken(stage, "Hi.")
    update(stage, audio={"input": {"turn_detection": None}})
    stage.hear(0.9, 10)
    (opened,) = stage.recognitions
    update(stage, **detection(idle_timeout_ms=5000))
    events = nudged(stage, 0.06 + IDLE_S)
    assert (kinds(events), events[0]["item_id"]) == ([*TURN, *BEGUN], opened)
    held_ms = events[0]["audio_end_ms"] - events[0]["audio_start_ms"]
    assert held_ms == pytest.approx(10 * 32 + 5060, abs=32)
    assert stage.replies == {}


def test_a_session_that_is_too_old_ends_first() -> None:
    stage = idle_stage(Bounds(minutes=0.1))
    spoken(stage, "Hi.")
    assert stage.session.deadline == pytest.approx(0.06 + IDLE_S)
    assert kinds(stage.wait(6)) == ["error"]
    assert stage.closed
    assert stage.wait(60) == []


def test_silence_counts_as_the_users_sound(stage: Stage) -> None:
    spoken(stage, "Hi.")
    nudged(stage, 0.06 + IDLE_S)
    stage.settle()
    usage = stage.last("response.done")["response"]["usage"]
    assert usage["input_token_details"]["audio_tokens"] == ceil(5000 / 100)
