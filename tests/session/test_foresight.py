"""Answers that are prepared while the silence that ends a turn still runs."""

from collections.abc import Iterator
from typing import Any

import pytest

from plays import detection, heard, kinds, lines, text, update
from repartee.protocol.prompt import Message
from repartee.session.bounds import Bounds
from repartee.session.commands import Guess, Proceed, Record, Reply, Settle, Stop
from repartee.session.inputs import Failed, Transcribed
from stage import Stage

PAUSE_FRAMES = 4  # 128 ms
LAST_FRAMES = 16 - PAUSE_FRAMES  # until 500 ms are
STOPPED = "input_audio_buffer.speech_stopped"


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(Bounds(guesses=True, foresees=True))
    yield made
    made.settle()
    assert made.end() == []


def pause(stage: Stage) -> str:
    """Somebody speaks and pauses; the ref of what was said."""
    stage.hear(0.9, 5)
    assert stage.guesses == []
    assert stage.hear(0.0, PAUSE_FRAMES) == []
    (ref,) = stage.guesses
    return ref


def foresee(stage: Stage, text: str = "How are you?") -> str:
    """The ref of the answer that is prepared in the pause."""
    assert stage.guess(pause(stage), text) == []
    (ref,) = stage.early
    return ref


def asked(stage: Stage, kind: type) -> list[Any]:
    return [command for command in stage.commands if isinstance(command, kind)]


def test_the_answer_begins_when_the_turn_ends(stage: Stage) -> None:
    update(stage, **heard(transcription={"model": "any"}))
    ref = foresee(stage)
    assert stage.replies[ref].prompt.lines == (Message("user", "How are you?"),)
    assert stage.say(ref, "Well. ") == []
    assert stage.hear(0.0, LAST_FRAMES - 1) == []
    events = stage.hear(0.0)
    assert kinds(events) == [
        STOPPED,
        "input_audio_buffer.committed",
        "conversation.item.added",
        "conversation.item.done",
        "conversation.item.input_audio_transcription.delta",
        "conversation.item.input_audio_transcription.completed",
        "response.created",
        "rate_limits.updated",
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        "response.output_audio.delta",
    ]
    assert asked(stage, Proceed) == [Proceed(ref)]
    assert asked(stage, Settle) == []
    stage.say(ref, "And you?")
    done = stage.finish(ref)[-1]
    assert done["response"]["output"][0]["content"][0]["transcript"] == "Well. And you?"
    assert len(asked(stage, Reply)) == 1


def test_all_of_it_may_be_there_when_the_turn_ends(stage: Stage) -> None:
    ref = foresee(stage)
    stage.say(ref, "Well.")
    stage.finish(ref)
    events = stage.hear(0.0, LAST_FRAMES)
    assert (kinds(events)[0], kinds(events)[-1]) == (STOPPED, "response.done")
    assert events[-1]["response"]["status"] == "completed"


def test_a_call_is_not_released_before_the_turn_ends(stage: Stage) -> None:
    ref = foresee(stage)
    assert stage.call(ref, "look", "{}") == []
    assert stage.finish(ref) == []
    events = stage.hear(0.0, LAST_FRAMES)
    assert "response.function_call_arguments.done" in kinds(events)


def test_who_speaks_on_is_not_answered_and_nothing_is_billed(stage: Stage) -> None:
    ref = foresee(stage, "How")
    stage.say(ref, "What?")
    assert stage.hear(0.9) == []
    assert ref in stage.gone
    assert stage.say(ref, "I said: what?") == []
    stage.hear(0.0, PAUSE_FRAMES)
    (again,) = stage.guesses
    stage.guess(again, "How are you?")
    (other,) = stage.early
    assert stage.replies[other].prompt.lines == (Message("user", "How are you?"),)
    stage.say(other, "Well.")
    stage.hear(0.0, LAST_FRAMES)
    stage.finish(other)
    assert [one.kind for one in asked(stage, Record)] == ["transcription", "response"]


def test_a_guess_about_what_was_said_before_does_not_count(stage: Stage) -> None:
    item_id = pause(stage)
    stage.hear(0.9)
    assert stage.guess(item_id, "How") == []
    assert not stage.early
    stage.hear(0.0, PAUSE_FRAMES + LAST_FRAMES)
    assert asked(stage, Settle) == [Settle(item_id)]


def test_a_guess_that_comes_late_is_final(stage: Stage) -> None:
    update(stage, **heard(transcription={"model": "any"}))
    item_id = pause(stage)
    stage.hear(0.0, LAST_FRAMES)
    completed = stage.guess(item_id, "How are you?")[-1]
    assert completed["transcript"] == "How are you?"
    assert Stop(item_id) in stage.commands
    (reply,) = stage.replies.values()
    assert not reply.early


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"type": "conversation.item.create", "item": text("Wait!")},
        {"type": "session.update", "session": {"type": "realtime", "instructions": "Be rude."}},
        {
            "type": "session.update",
            "session": {"type": "realtime", "output_modalities": ["text"]},
        },
    ],
)
def test_what_changes_meanwhile_is_answered_as_it_is(
    stage: Stage, meanwhile: dict[str, Any]
) -> None:
    ref = foresee(stage)
    stage.say(ref, "Well.")
    stage.client(meanwhile)
    events = stage.hear(0.0, LAST_FRAMES)
    assert kinds(events)[-1] == "rate_limits.updated", "nothing is answered yet"
    assert ref in stage.gone
    (reply,) = stage.replies.values()
    assert not reply.early


def test_what_fails_early_is_asked_anew(stage: Stage) -> None:
    ref = foresee(stage)
    assert stage.fail(ref) == []
    stage.hear(0.0, LAST_FRAMES)
    (reply,) = stage.replies.values()
    assert not reply.early


def test_what_is_finished_cannot_fail_any_more(stage: Stage) -> None:
    ref = foresee(stage)
    stage.say(ref, "Well. ")
    stage.finish(ref)
    assert stage.feed(Failed(ref, "late", "Late.")) == []
    assert "response.done" in kinds(stage.hear(0.0, LAST_FRAMES))


@pytest.mark.parametrize(
    "session",
    [detection(create_response=False), heard(turn_detection={"type": "semantic_vad"})],
    ids=["nobody answers", "semantic"],
)
def test_transcripts_are_ready_whoever_answers(stage: Stage, session: dict[str, Any]) -> None:
    update(stage, **session)
    stage.guess(pause(stage), "Yes.")
    assert len(stage.early) == ("semantic" in repr(session))


def test_a_client_that_clears_or_ends_detection_ends_foresight(stage: Stage) -> None:
    ref = foresee(stage)
    stage.client({"type": "input_audio_buffer.clear"})
    assert ref in stage.gone
    ref = foresee(stage)
    update(stage, **heard(turn_detection=None))
    assert ref in stage.gone


def test_who_is_not_to_look_ahead_does_not() -> None:
    careful = Stage(Bounds(guesses=True))
    careful.guess(pause(careful), "How are you?")
    assert careful.early == set()
    blind = Stage()
    blind.hear(0.9, 5)
    blind.hear(0.0, PAUSE_FRAMES)
    assert asked(blind, Guess) == []


def test_who_has_nothing_left_is_not_prepared_for() -> None:
    poor = Stage(Bounds(guesses=True, foresees=True, spent=lambda: "Nothing is left."))
    poor.guess(pause(poor), "How are you?")
    assert poor.early == set()


def test_a_short_silence_is_halved() -> None:
    hasty = Stage(Bounds(guesses=True, foresees=True))
    update(hasty, **detection(silence_duration_ms=200))
    hasty.hear(0.9, 5)
    hasty.hear(0.0, 3)
    assert hasty.guesses == []
    hasty.hear(0.0)
    assert len(hasty.guesses) == 1


def test_after_a_failed_guess_the_words_are_still_awaited(stage: Stage) -> None:
    item_id = pause(stage)
    stage.hear(0.0, LAST_FRAMES)
    assert stage.recognitions[item_id] is True
    stage.transcribe(item_id, "How are you?")
    (reply,) = stage.replies.values()
    assert reply.prompt.lines == (Message("user", "How are you?"),)


def test_the_same_guess_again_changes_nothing(stage: Stage) -> None:
    ref = foresee(stage)
    (item_id,) = stage.recognitions
    again = Transcribed(item_id, "How are you?", complete=True)
    assert stage.feed(again) == []
    assert stage.early == {ref}
    assert len(asked(stage, Reply)) == 1


def test_a_guess_that_comes_late_and_of_too_little_is_not_final(stage: Stage) -> None:
    item_id = pause(stage)
    stage.hear(0.9, 3)
    stage.client({"type": "input_audio_buffer.commit"})
    assert stage.guess(item_id, "How") == []
    assert stage.recognitions == {item_id: True}
    stage.transcribe(item_id, "How are you?")
    assert lines(stage) == [("user", "How are you?")]
