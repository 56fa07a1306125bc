"""Quiet that the net is not shown, and what becomes of the speech after it."""

from collections.abc import Sequence

import numpy as np
import pytest

from recordings import clips, read
from repartee.engines.protocols import Frames
from repartee.engines.silero import SileroVad
from repartee.protocol.config import ServerVad
from repartee.session.inputs import Heard
from repartee.session.turn import Edge, Turn
from repartee.speech.batch import Batch
from repartee.speech.energy_gate import QUIET_FRAMES, REPLAYED
from repartee.speech.resample import JUDGED_FRAME
from repartee.speech.stream import FRAME_BYTES, Stream

LOUD = 3_000


class Remembering:
    """Finds no speech; remembers the loudest sample of each frame that it is shown."""

    gated = True
    state_size = 1

    def __init__(self) -> None:
        self.shown: list[float] = []

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]:
        self.shown += np.round(np.abs(frames).max(axis=1) * 32_768).tolist()
        return np.zeros(len(frames), np.float32), states


def judged(vad: Remembering | SileroVad, sounds: Sequence[bytes]) -> list[list[float]]:
    """The probabilities of the frames of streams that are judged together."""
    batch = Batch(vad)
    told: list[list[Heard]] = [[] for _ in sounds]
    streams = [Stream(heard.append, None) for heard in told]
    for stream, sound in zip(streams, sounds, strict=True):
        stream.slot = batch.open()
        stream.add(sound, None)
    while ready := [stream for stream in streams if stream.whole]:
        batch.take(ready)
        for stream in ready:
            stream.tell_judged()
    return [[heard.speech or 0.0 for heard in one] for one in told]


def levels(*of_frames: int) -> bytes:
    """Frames of even sound, each so loud."""
    return np.repeat(np.array(of_frames, "<i2"), JUDGED_FRAME).tobytes()


def test_what_comes_after_long_quiet_is_not_shown() -> None:
    net = Remembering()
    judged(net, [bytes(FRAME_BYTES) * 100])
    assert len(net.shown) == QUIET_FRAMES


def test_quiet_is_what_is_even_however_loud() -> None:
    net = Remembering()
    judged(net, [levels(*[500] * 200)])
    assert len(net.shown) < 100


def test_the_frames_before_one_that_stands_out_are_shown_with_it() -> None:
    net = Remembering()
    quiet = [1 + n // 4 for n in range(100)]
    judged(net, [levels(*quiet, LOUD)])
    assert net.shown[QUIET_FRAMES:-1] == quiet[-REPLAYED:]


def test_of_fewer_frames_nothing_is_lost() -> None:
    net = Remembering()
    quiet = [*range(1, QUIET_FRAMES + 4)]
    judged(net, [levels(*[1 + n % 20 for n in quiet], LOUD)])
    assert len(net.shown) == len(quiet) + 1


def test_a_gate_shuts_again() -> None:
    net = Remembering()
    judged(net, [levels(*[0] * 50, LOUD, *[0] * 100)])
    assert len(net.shown) == QUIET_FRAMES + REPLAYED + 1 + QUIET_FRAMES


def test_what_a_stream_is_told_does_not_depend_on_others() -> None:
    rng = np.random.default_rng(0)
    sounds = [
        np.concatenate([np.zeros(100 * JUDGED_FRAME), rng.normal(0, 100 * n, 20_000)])
        for n in range(1, 6)
    ]
    pcm = [sound.astype("<i2").tobytes() for sound in sounds]
    vad = SileroVad(gated=True)
    for told, one in zip(judged(vad, pcm), pcm, strict=True):
        assert told == pytest.approx(judged(vad, [one])[0], abs=1e-5)


def edges(speech: Sequence[float]) -> list[tuple[Edge, int]]:
    """Where turns begin and end, in frames."""
    turn, found = Turn(ServerVad()), list[tuple[Edge, int]]()
    for place, probability in enumerate(speech):
        edge = turn.hear(bytes(FRAME_BYTES), probability)
        if edge is Edge.STARTED:
            turn.open("item")
        elif edge is Edge.STOPPED:
            turn.close()
        if edge in (Edge.STARTED, Edge.STOPPED):
            found.append((edge, place))
    return found


@pytest.mark.parametrize("noise", [0, 3, 30], ids=["none", "-80 dB", "-60 dB"])
def test_turns_begin_and_end_where_they_would(noise: int) -> None:
    rng = np.random.default_rng(1)
    silence = np.zeros(5 * 24_000)
    sounds = []
    for clip in clips()[:3]:
        sound = np.concatenate([silence, read(clip.name, 24_000), silence])
        sound += rng.normal(0, noise, len(sound)) if noise else 0
        sounds.append(sound.clip(-32_768, 32_767).astype("<i2").tobytes())
    for open_, gated in zip(
        judged(SileroVad(), sounds), judged(SileroVad(True), sounds), strict=True
    ):
        expected, found = edges(open_), edges(gated)
        assert [edge for edge, _ in found] == [edge for edge, _ in expected]
        late = [b - a for (_, a), (_, b) in zip(expected, found, strict=True)]
        assert max(late, default=0) <= 1
