"""Calls: sound is a stream, the client is told of its playing, and the server truncates."""

from collections.abc import Iterator
from typing import Any

import pytest

from plays import cancel, detection, kinds, lines, respond, retrieve, truncate, update
from repartee.session.bounds import Bounds
from repartee.session.commands import Duck, Hush, Play
from repartee.session.tolerance import Tolerance
from stage import FRAME_S, Stage

STARTED, STOPPED, CLEARED = (
    "output_audio_buffer.started",
    "output_audio_buffer.stopped",
    "output_audio_buffer.cleared",
)
TRUNCATED, DONE = "conversation.item.truncated", "response.done"
STORY = "Once upon a time there was a king. "  # 700 ms
CLEAR = {"type": "output_audio_buffer.clear"}


@pytest.fixture
def call() -> Iterator[Stage]:
    made = Stage(paced=True)
    yield made
    made.settle()
    assert made.end() == []


def told(call: Stage, response_id: str) -> str:
    """A response that tells a story; its item's id."""
    call.say(response_id, STORY)
    item_id: str = call.last("response.output_item.added")["item"]["id"]
    return item_id


def playing(call: Stage) -> list[Any]:
    return [one for one in call.commands if isinstance(one, Play | Hush | Duck)]


def of_the_buffer(events: list[dict[str, Any]]) -> list[str]:
    return [kind for kind in kinds(events) if kind.startswith("output_audio_buffer")]


def test_an_answer_is_played_to_its_end(call: Stage) -> None:
    """B131, B150"""
    ref = respond(call)
    assert kinds(call.say(ref, STORY)) == [
        "response.output_item.added",
        "conversation.item.added",
        "response.content_part.added",
        "response.output_audio_transcript.delta",
        STARTED,
    ]
    assert kinds(call.say(ref, "The end.")) == ["response.output_audio_transcript.delta"]
    assert [len(one.pcm) for one in playing(call)] == [700 * 48, 160 * 48]
    assert kinds(call.finish(ref))[-1] == DONE
    assert call.wait(0.85) == []
    (stopped,) = call.wait(0.02)
    assert (stopped["type"], stopped["response_id"]) == (STOPPED, ref)


def test_who_interrupts_has_heard_so_much(call: Stage) -> None:
    """B151"""
    ref = respond(call)
    item_id = told(call, ref)
    call.wait(0.3)
    events = call.hear(0.9)
    assert kinds(events) == [
        "input_audio_buffer.speech_started",
        "response.output_audio.done",
        "response.output_audio_transcript.done",
        "response.content_part.done",
        "response.output_item.done",
        "conversation.item.done",
        DONE,
        CLEARED,
        TRUNCATED,
    ]
    *_, done, cleared, truncated = events
    assert done["response"]["status_details"]["reason"] == "turn_detected"
    assert cleared["response_id"] == ref
    assert truncated["item_id"] == item_id
    assert truncated["audio_end_ms"] == pytest.approx(332, abs=1)
    assert isinstance(playing(call)[-1], Hush)


def test_an_answer_that_is_only_still_played_is_interrupted_too(call: Stage) -> None:
    """B151"""
    ref = respond(call)
    told(call, ref)
    call.finish(ref)
    events = call.hear(0.9)
    assert kinds(events) == ["input_audio_buffer.speech_started", CLEARED, TRUNCATED]
    assert events[-1]["audio_end_ms"] == 32


def test_what_has_been_heard_to_its_end_is_not_cut(call: Stage) -> None:
    ref = respond(call)
    told(call, ref)
    call.finish(ref)
    assert kinds(call.wait(1.0)) == [STOPPED]
    assert kinds(call.hear(0.9)) == ["input_audio_buffer.speech_started"]
    assert not any(isinstance(one, Hush) for one in playing(call))


def test_where_speech_does_not_interrupt_the_answer_is_played_on(call: Stage) -> None:
    update(call, **detection(interrupt_response=False))
    ref = respond(call)
    told(call, ref)
    assert kinds(call.hear(0.9, 3)) == ["input_audio_buffer.speech_started"]
    call.finish(ref)
    assert kinds(call.wait(1.0)) == [STOPPED]


def test_the_client_clears_and_the_answer_goes_on_unheard(call: Stage) -> None:
    """B152"""
    ref = respond(call)
    item_id = told(call, ref)
    call.wait(0.2)
    events = call.client(CLEAR)
    assert kinds(events) == [CLEARED, TRUNCATED]
    assert (events[1]["item_id"], events[1]["audio_end_ms"]) == (item_id, 200)
    assert kinds(call.say(ref, "He was old. ")) == ["response.output_audio_transcript.delta"]
    assert isinstance(playing(call)[-1], Hush)
    assert call.client(CLEAR) == []
    assert call.finish(ref)[-1]["response"]["status"] == "completed"
    assert "transcript" not in retrieve(call, item_id)["content"][0]


def test_another_item_of_what_was_cleared_is_not_heard_either(call: Stage) -> None:
    ref = respond(call)
    told(call, ref)
    call.client(CLEAR)
    call.call(ref, "look", "{}")
    events = call.say(ref, STORY)
    assert kinds(events)[-1] == TRUNCATED
    assert events[-1]["audio_end_ms"] == 0
    assert isinstance(playing(call)[-1], Hush)
    call.finish(ref)
    again = respond(call)
    assert kinds(call.say(again, STORY))[-1] == STARTED


def test_clearing_what_is_silent_says_nothing(call: Stage) -> None:
    assert call.client(CLEAR) == []


def test_what_is_cancelled_is_played_on_until_it_is_cleared(call: Stage) -> None:
    """D4: cancel, then output_audio_buffer.clear"""
    ref = respond(call)
    told(call, ref)
    assert of_the_buffer(cancel(call)) == []
    assert call.wait(0.5) == []
    assert kinds(call.client(CLEAR)) == [CLEARED, TRUNCATED]
    other = respond(call)
    told(call, other)
    cancel(call)
    assert kinds(call.wait(0.7)) == [STOPPED]


def test_an_answer_begins_when_the_one_before_has_been_heard(call: Stage) -> None:
    """B150: it is told when sound flows, not when it is there."""
    first = respond(call)
    told(call, first)
    call.finish(first)
    second = respond(call)
    assert of_the_buffer(call.say(second, STORY)) == []
    assert call.session.deadline == pytest.approx(0.7)
    stopped, started = call.wait(0.71)
    assert (stopped["type"], stopped["response_id"]) == (STOPPED, first)
    assert (started["type"], started["response_id"]) == (STARTED, second)
    call.finish(second)


def test_what_waits_to_be_heard_is_cleared_with_the_rest(call: Stage) -> None:
    first = respond(call)
    told(call, first)
    call.finish(first)
    second = respond(call)
    told(call, second)
    call.finish(second)
    events = call.client(CLEAR)
    assert kinds(events) == [CLEARED, CLEARED, TRUNCATED, TRUNCATED]
    assert [one["response_id"] for one in events[:2]] == [first, second]
    assert events[3]["audio_end_ms"] == 0


def test_a_late_driver_is_told_things_in_their_order(call: Stage) -> None:
    first = respond(call)
    told(call, first)
    call.finish(first)
    second = respond(call)
    call.now += 5
    events = call.say(second, STORY)
    assert kinds(events)[0] == STOPPED
    assert of_the_buffer(events) == [STOPPED, STARTED]
    call.finish(second)


def test_out_of_band_sound_is_heard_but_is_no_item(call: Stage) -> None:
    """B123, B150"""
    ref = respond(call, conversation="none")
    assert of_the_buffer(call.say(ref, STORY)) == [STARTED]
    events = call.hear(0.9)
    assert kinds(events) == ["input_audio_buffer.speech_started", CLEARED]
    assert ref in call.replies, "speech does not cancel it"
    call.finish(ref)


def test_an_item_that_is_deleted_while_it_sounds_is_not_truncated(call: Stage) -> None:
    ref = respond(call)
    item_id = told(call, ref)
    call.client({"type": "conversation.item.delete", "item_id": item_id})
    assert kinds(call.hear(0.9))[-2:] == [DONE, CLEARED]


def test_what_the_client_has_truncated_is_not_made_longer(call: Stage) -> None:
    ref = respond(call)
    item_id = told(call, ref)
    assert kinds(truncate(call, item_id, 100)) == [TRUNCATED]
    call.wait(0.4)
    truncated = call.hear(0.9)[-1]
    assert (truncated["type"], truncated["audio_end_ms"]) == (TRUNCATED, 100)


def test_what_is_truncated_takes_no_time_any_more(call: Stage) -> None:
    """Only what had been given is played, and what follows is heard right behind it."""
    ref = respond(call)
    item_id = told(call, ref)
    truncate(call, item_id, 100)
    call.say(ref, STORY)
    assert len(playing(call)) == 1
    call.call(ref, "look", "{}")
    other = told(call, ref)
    call.wait(0.8 - FRAME_S)
    events = call.hear(0.9)
    ends = {one["item_id"]: one["audio_end_ms"] for one in events if one["type"] == TRUNCATED}
    assert ends == {other: 100}


def test_text_makes_no_sound(call: Stage) -> None:
    ref = respond(call, output_modalities=["text"])
    call.say(ref, STORY)
    assert of_the_buffer(call.finish(ref)) == []
    assert playing(call) == []


def test_sound_goes_as_pcm_whatever_the_format_says(call: Stage) -> None:
    update(call, audio={"output": {"format": {"type": "audio/pcmu"}}})
    ref = respond(call)
    assert call.replies[ref].encoding == "audio/pcm"
    told(call, ref)


def test_a_session_that_expires_says_nothing_of_its_sound() -> None:
    call = Stage(Bounds(minutes=1), paced=True)
    call.wait(59.9)
    told(call, respond(call))
    events = call.wait(0.2)
    assert kinds(events)[-2:] == [DONE, "error"]
    assert call.closed
    assert of_the_buffer(events) == []
    assert call.end() == []


def test_silence_is_counted_from_what_was_heard_last(call: Stage) -> None:
    """B078"""
    update(call, **detection(idle_timeout_ms=5000))
    ref = respond(call)
    told(call, ref)
    call.finish(ref)
    call.hear(0.0, 3)
    assert kinds(call.wait(1.0)) == [STOPPED]
    assert call.wait(4.5) == []
    assert kinds(call.wait(0.2))[0] == "input_audio_buffer.timeout_triggered"


def test_an_answer_is_softer_while_somebody_may_want_to_speak() -> None:
    call = Stage(Bounds(tolerance=Tolerance(500)), paced=True)
    ref = respond(call)
    call.say(ref, STORY * 9)
    assert call.hear(0.9, 5) == []
    assert playing(call)[-1] == Duck(True)
    assert call.hear(0.0, 20) == []
    assert playing(call)[-1] == Duck(False)
    call.hear(0.9, 20)
    assert [type(one) for one in playing(call)[-3:]] == [Duck, Hush, Duck]
    assert playing(call)[-1] == Duck(False)
    call.settle()
    assert call.end() == []


def test_what_was_heard_is_what_the_model_is_told(call: Stage) -> None:
    ref = respond(call)
    call.say(ref, "Once. ")
    call.say(ref, "Twice. ")
    call.say(ref, "Thrice. ")
    call.wait(0.2)
    call.hear(0.9)
    assert lines(call) == [("assistant", "Once. Twice. ")]
