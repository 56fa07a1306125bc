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
    stage = Stage(Bounds(tolerance=tolerance))
    update(stage, **session)
    stage.say(respond(stage), "It is a long story, and I begin at its beginning. ")
    return stage


def test_a_verdict_makes_no_turn_of_it() -> None:
    stage = answered(LISTENING, **BY_MEANING)
    assert stage.speak(5, 6) == []
    assert stage.judge(1.0) == []
    assert stage.speak(20, 6)[-1]["response"]["status"] == "cancelled"
    assert kinds(stage.judge(1.0))[0] == "input_audio_buffer.speech_stopped"
    stage.settle()
    assert stage.end() == []


def test_a_full_buffer_makes_no_turn_of_it() -> None:
    stage = answered(Tolerance(3_600_000))
    assert stage.hear(0.9, 2) == []
    room = BUFFER_BYTES - 2 * len(FRAME)
    assert stage.feed(Heard(bytes(room), 0.9)) == []
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
