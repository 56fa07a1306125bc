"""One session's sound: told once, in order, each piece with the event that completed it."""

import numpy as np
import pytest

from repartee.protocol.audio import NoiseFilter
from repartee.session.inputs import Heard
from repartee.speech.echo import EchoCancellation
from repartee.speech.stream import FRAME_BYTES, Stream

HALF = FRAME_BYTES // 2


class Halving:
    """A canceller that halves the sound; it cares for no echo."""

    def cancel(self, near: bytes, far: bytes) -> bytes:
        return (np.frombuffer(near, "<i2") // 2).astype("<i2").tobytes()


def stream(echo: EchoCancellation | None = None) -> tuple[Stream, list[Heard]]:
    """One that is judged, and what it tells."""
    told: list[Heard] = []
    made = Stream(told.append, echo)
    made.slot, made.speech = 0, 0.0
    return made, told


def pcm(length: int, level: int = 1_000) -> bytes:
    return np.full(length // 2, level, "<i2").tobytes()


def test_a_frame_is_told_when_it_is_judged_and_then_only_once() -> None:
    heard, told = stream()
    heard.add(pcm(HALF), "event_1")
    assert not heard.whole
    heard.add(pcm(FRAME_BYTES, 2_000), "event_2")
    assert heard.whole
    assert heard.untold == FRAME_BYTES + HALF
    frame = heard.take()
    assert frame == pcm(HALF) + pcm(HALF, 2_000)
    assert told == []
    heard.learn(frame, 0.5)
    heard.tell_judged()
    heard.tell_judged()
    assert told == [Heard(frame, 0.5, "event_2")]
    assert heard.untold == HALF
    assert not heard.whole


def test_what_there_is_of_a_frame_is_told_ahead_and_judged_with_all_of_it() -> None:
    heard, told = stream()
    heard.speech = 0.7
    heard.add(pcm(HALF), "event_1")
    heard.tell_rest()
    heard.tell_rest()
    heard.add(pcm(HALF, 2_000), "event_2")
    frame = heard.take()
    heard.learn(frame, 0.9)
    heard.tell_judged()
    assert frame == pcm(HALF) + pcm(HALF, 2_000)
    assert told == [Heard(pcm(HALF), 0.7, "event_1"), Heard(pcm(HALF, 2_000), 0.9, "event_2")]


def test_what_is_left_of_a_time_of_frames_is_told_and_begins_none() -> None:
    heard, told = stream()
    heard.add(pcm(HALF), None)
    heard.slot = heard.speech = None
    assert not heard.framed
    heard.tell_rest()
    assert told == [Heard(pcm(HALF))]
    heard.slot = 0
    heard.add(pcm(FRAME_BYTES, 2_000), None)
    assert heard.take() == pcm(FRAME_BYTES, 2_000)


def test_sound_is_cancelled_once_however_it_is_taken() -> None:
    heard, told = stream(EchoCancellation(Halving()))
    heard.add(pcm(FRAME_BYTES), None)
    heard.prepare()
    heard.prepare()
    heard.learn(heard.take(), None)
    heard.tell_judged()
    heard.add(pcm(HALF), None)
    heard.tell_rest()
    sound = np.frombuffer(b"".join(each.pcm for each in told), "<i2")
    assert {*sound.tolist()} == {0, 500}  # it comes 10 ms late out of the canceller


def test_another_noise_filter_is_for_what_comes_after_it() -> None:
    heard, _ = stream()
    heard.slot = None
    assert not heard.framed
    heard.add(pcm(HALF), None)
    heard.filter_by(NoiseFilter("near_field", 1.0))
    assert heard.framed
    heard.add(pcm(HALF, 2_000), None)
    assert heard.take()[:HALF] == pcm(HALF)


def test_a_noise_filter_without_strength_is_none() -> None:
    heard, _ = stream()
    heard.slot = None
    heard.filter_by(NoiseFilter("near_field", 0.0))
    assert not heard.framed


def test_after_its_close_there_is_nothing_to_tell() -> None:
    heard, told = stream()
    heard.add(pcm(2 * FRAME_BYTES), None)
    heard.learn(heard.take(), 0.5)
    heard.close()
    heard.tell_judged()
    heard.tell_rest()
    assert told == []
    assert heard.untold == 0
    assert not heard.whole


@pytest.mark.parametrize("pieces", [1, 2, 5])
def test_each_frame_has_the_id_of_the_event_with_its_last_byte(pieces: int) -> None:
    heard, told = stream()
    for number in range(pieces):
        heard.add(pcm(2 * FRAME_BYTES // pieces // 2 * 2), f"event_{number}")
    while heard.whole:
        heard.learn(heard.take(), 0.5)
        heard.tell_judged()
    heard.tell_rest()
    assert told[-1].event_id == f"event_{pieces - 1}"
    assert told[0].event_id == f"event_{(pieces - 1) // 2}"
