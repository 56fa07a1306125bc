"""Many streams and one net: each has its own memory there."""

import logging

import numpy as np
import pytest

from repartee.engines.protocols import Frames
from repartee.session.inputs import Heard
from repartee.speech.batch import Batch
from repartee.speech.stream import FRAME_BYTES, Stream


class Counting:
    """Tells how many frames of a stream it has seen, in thousandths; may be out of order."""

    state_size = 2

    def __init__(self) -> None:
        self.batches: list[int] = []
        self.begun: list[float] = []
        self.broken = False

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]:
        if self.broken:
            raise FloatingPointError("no number")
        self.batches.append(len(frames))
        self.begun += frames[:, 0].tolist()
        return (states[:, 0] + 1) / np.float32(1_000), states + 1


def stream(batch: Batch | None, frames: int, level: int = 1_000) -> tuple[Stream, list[Heard]]:
    """One with so many frames to be judged; or not to be judged, without a batch."""
    told: list[Heard] = []
    made = Stream(told.append, None)
    made.slot = batch.open() if batch else None
    made.add(np.full(frames * FRAME_BYTES // 2, level, "<i2").tobytes(), None)
    return made, told


def speeches(told: list[Heard]) -> list[float | None]:
    return [None if heard.speech is None else round(heard.speech, 6) for heard in told]


def test_frames_are_judged_in_one_call_and_each_stream_keeps_its_memory() -> None:
    net = Counting()
    batch = Batch(net)
    one, of_one = stream(batch, 3)
    other, of_other = stream(batch, 1)
    for streams in ([one], [other, one], [one]):
        batch.take(streams)
        for each in streams:
            each.tell_judged()
    assert net.batches == [1, 2, 1]
    assert speeches(of_one) == [0.001, 0.002, 0.003]
    assert speeches(of_other) == [0.001]


def test_streams_that_are_not_judged_pass_by_the_net() -> None:
    net = Counting()
    batch = Batch(net)
    judged, of_judged = stream(batch, 1)
    unjudged, of_unjudged = stream(None, 1)
    batch.take([unjudged, judged])
    judged.tell_judged()
    unjudged.tell_judged()
    assert net.batches == [1]
    assert (speeches(of_judged), speeches(of_unjudged)) == ([0.001], [None])


def test_a_row_is_used_again_and_remembers_nothing() -> None:
    net = Counting()
    batch = Batch(net)
    for level in (9_000, 0):
        one, told = stream(batch, 2, level)
        batch.take([one])
        batch.take([one])
        one.tell_judged()
        assert speeches(told) == [0.002]
        assert one.slot == 0
        batch.close(0)
    assert net.begun[2] == 0.0  # the filter before the net has forgotten the loud sound, too


def test_there_are_rows_for_all() -> None:
    batch = Batch(Counting())
    assert len({batch.open() for _ in range(20)}) == 20


def test_where_the_net_fails_frames_pass_for_silence_and_that_is_logged_once(
    caplog: pytest.LogCaptureFixture,
) -> None:
    net = Counting()
    batch = Batch(net)
    one, told = stream(batch, 4)
    with caplog.at_level(logging.ERROR):
        for broken in (False, True, True, False):
            net.broken = broken
            batch.take([one])
            one.tell_judged()
    assert speeches(told) == [0.001, 0.0, 0.0, 0.002]
    assert sum(len(heard.pcm) for heard in told) == 4 * FRAME_BYTES
    assert len(caplog.records) == 1
