"""Speech that was put up with to its end: nobody hears of it, however it ends."""

from typing import Any

import pytest

from plays import heard, kinds, respond, update
from repartee.protocol.audio import BUFFER_BYTES
from repartee.session.bounds import Bounds
from repartee.session.inputs import Heard
from repartee.session.tolerance import Tolerance
from stage import FRAME, Stage

LISTENING = Tolerance(500, frozenset({"mhm", "mm", "hmm", "yeah", "uh-huh"}))
BY_MEANING: dict[str, Any] = heard(turn_detection={"type": "semantic_vad"})


def answered(tolerance: Tolerance, **session: Any) -> Stage:
    """One that is giving an answer."""
    stage = Stage(Bounds(tolerance=tolerance, guesses=True))
    update(stage, **session)
    stage.say(respond(stage), "It is a long story, and I begin at its beginning. ")
    return stage


def test_a_verdict_makes_no_turn_of_it() -> None:
    stage = answered(LISTENING, **BY_MEANING)
    assert stage.speak(5, 6) == []
    stage.guess(stage.guesses[0], "Mhm.")
    assert stage.judge(1.0) == []
    assert stage.recognitions == {}
    assert stage.speak(20, 6)[-1]["response"]["status"] == "cancelled"
    assert kinds(stage.judge(1.0))[0] == "input_audio_buffer.speech_stopped"
    stage.settle()
    assert stage.end() == []


def test_words_are_waited_for_that_may_be_those_of_an_interruption() -> None:
    stage = answered(LISTENING, **BY_MEANING)
    stage.hear(0.9, 5)
    stage.hear(0.0, 5)
    assert stage.judge(1.0) == []
    (item_id,) = stage.guesses
    started, *_, done = stage.guess(item_id, "Stop!")
    assert started["item_id"] == item_id
    assert done["response"]["status"] == "cancelled"
    stopped, *_ = stage.hear(0.0)
    assert stopped["audio_end_ms"] == 11 * 32
    stage.settle()
    assert stage.end() == []


def test_words_that_never_come_are_waited_for_no_longer_than_usual() -> None:
    stage = answered(LISTENING, **BY_MEANING)
    stage.hear(0.9, 5)
    stage.hear(0.0, 5)
    stage.judge(1.0)
    (item_id,) = stage.guesses
    assert stage.hear(0.0, 26) == []
    assert item_id in stage.recognitions
    assert stage.hear(0.0) == []
    assert item_id not in stage.recognitions


def test_a_full_buffer_makes_no_turn_of_it() -> None:
    stage = answered(Tolerance(3_600_000))
    assert stage.hear(0.9, 2) == []
    room = BUFFER_BYTES - 2 * len(FRAME)
    assert stage.feed(Heard(bytes(room), 0.9)) == []
    assert stage.recognitions == {}
    assert stage.feed(Heard(FRAME, 0.9)) == []
    stage.settle()


@pytest.mark.parametrize(
    ("text", "interrupts"),
    [
        ("Mm-hmm.", False),
        ("- Yeah.", False),
        ("'Yeah' -", False),
        ("Uh-huh, mhm", False),
        ("Yeah-no", True),
        ("huh", True),
    ],
)
def test_words_are_what_recognisers_write(text: str, interrupts: bool) -> None:
    assert LISTENING.ends(100, text) is interrupts
