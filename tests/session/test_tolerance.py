"""Speech over an answer that may be no interruption."""

from collections.abc import Iterator

import pytest

from plays import detection, heard, kinds, respond, update
from repartee.protocol.audio import BUFFER_BYTES
from repartee.session.bounds import Bounds
from repartee.session.commands import Hear, Stop
from repartee.session.inputs import Heard
from repartee.session.tolerance import Tolerance
from stage import FRAME, Stage

PATIENT = Tolerance(500, frozenset({"mhm", "yeah", "uh-huh"}))
STARTED, STOPPED = "input_audio_buffer.speech_started", "input_audio_buffer.speech_stopped"


@pytest.fixture
def stage() -> Iterator[Stage]:
    made = Stage(Bounds(tolerance=PATIENT))
    yield made
    made.settle()
    assert made.end() == []


def answered(stage: Stage) -> str:
    """The ref of an answer that is being given."""
    ref = respond(stage)
    stage.say(ref, "It is a long story, and I begin at its beginning. ")
    return ref


@pytest.mark.parametrize(
    ("spoken_ms", "text", "ends"),
    [
        (100, "", False),
        (499, "", False),
        (500, "", True),
        (900, "Yeah, yeah.", False),
        (900, "Uh-huh!", False),
        (1000, "mhm", True),
        (100, "Stop", True),
        (100, "yeah but", True),
    ],
)
def test_what_is_put_up_with(spoken_ms: float, text: str, ends: bool) -> None:
    assert PATIENT.ends(spoken_ms, text) is ends


def test_a_cough_is_not_heard_of(stage: Stage) -> None:
    ref = answered(stage)
    assert stage.speak(5, 20) == []
    assert ref in stage.replies
    (item_id,) = (one.ref for one in stage.commands if isinstance(one, Stop))
    assert item_id not in stage.recognitions
    stage.finish(ref)
    assert stage.last("response.done")["response"]["status"] == "completed"


def test_who_goes_on_speaking_interrupts(stage: Stage) -> None:
    ref = answered(stage)
    assert stage.hear(0.9, 15) == []
    events = stage.hear(0.9)
    assert (kinds(events)[0], events[-1]["response"]["status"]) == (STARTED, "cancelled")
    assert ref in stage.gone
    assert events[0]["audio_start_ms"] == 0
    assert kinds(stage.hear(0.0, 16))[0] == STOPPED


def test_nothing_that_was_said_is_lost(stage: Stage) -> None:
    answered(stage)
    stage.hear(0.0, 20)
    stage.hear(0.9, 16)
    given = b"".join(one.pcm for one in stage.commands if isinstance(one, Hear))
    started = stage.last(STARTED)
    assert started["audio_start_ms"] == 20 * 32 - 300
    assert len(given) == (300 + 16 * 32) * 48


def test_words_interrupt_at_once_but_those_of_a_listener(stage: Stage) -> None:
    ref = answered(stage)
    stage.hear(0.9, 3)
    (item_id,) = stage.recognitions
    assert stage.transcribe(item_id, "Mhm", final=False) == []
    assert ref in stage.replies
    events = stage.transcribe(item_id, "Mhm wait", final=False)
    assert kinds(events)[0] == STARTED
    assert ref in stage.gone


def test_when_the_answer_is_over_the_speaker_has_the_floor(stage: Stage) -> None:
    ref = answered(stage)
    stage.finish(ref)
    assert stage.hear(0.9, 3) == [], "the client still plays it"
    stage.now += 10
    assert kinds(stage.hear(0.9)) == [STARTED]


def test_who_speaks_in_silence_is_heard_at_once(stage: Stage) -> None:
    assert kinds(stage.hear(0.9)) == [STARTED]


def test_where_speech_does_not_interrupt_it_is_told_at_once(stage: Stage) -> None:
    update(stage, **detection(interrupt_response=False))
    answered(stage)
    assert kinds(stage.hear(0.9)) == [STARTED]


def test_the_turn_after_a_cough_is_a_turn_like_any_other(stage: Stage) -> None:
    ref = answered(stage)
    stage.speak(5, 20)
    stage.finish(ref)
    stage.now += 10
    events = stage.speak(5, 20)
    assert kinds(events)[:2] == [STARTED, STOPPED]
    assert events[0]["audio_start_ms"] == 25 * 32 - 300


@pytest.mark.parametrize("end", ["commit", "clear"])
def test_the_client_may_still_end_it_by_hand(stage: Stage, end: str) -> None:
    answered(stage)
    stage.hear(0.9, 5)
    ended = {"commit": "input_audio_buffer.committed", "clear": "input_audio_buffer.cleared"}
    assert kinds(stage.client({"type": f"input_audio_buffer.{end}"}))[0] == ended[end]
    assert stage.hear(0.0, 20) == []


def test_a_cough_that_sounds_finished_is_no_turn_either(stage: Stage) -> None:
    update(stage, **heard(turn_detection={"type": "semantic_vad"}))
    ref = answered(stage)
    stage.hear(0.9, 5)
    stage.hear(0.0, 8)
    (item_id,) = stage.recognitions
    assert stage.judge(0.9) == []
    assert item_id in stage.gone
    assert ref in stage.replies


def test_what_fills_the_buffer_over_an_answer_is_no_turn_either(stage: Stage) -> None:
    update(stage, **heard(turn_detection=None))
    stage.hear(0.0)
    stage.feed(Heard(bytes(BUFFER_BYTES - 3 * len(FRAME))))
    answered(stage)
    update(stage, **detection())
    assert stage.hear(0.9, 4) == []
    stage.client({"type": "input_audio_buffer.clear"})


def test_only_speech_counts_and_not_what_leads_in(stage: Stage) -> None:
    answered(stage)
    stage.hear(0.0, 20)
    assert stage.hear(0.9, 15) == []
    assert kinds(stage.hear(0.9))[0] == STARTED
