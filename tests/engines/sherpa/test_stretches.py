"""Where a long turn is cut, and what is decoded when."""

from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from repartee.engines.hypothesis import Words
from repartee.engines.sherpa.streams import MS
from repartee.engines.sherpa.stretches import LONGEST_MS, Found, StretchHearer, quiet_place
from repartee.engines.sherpa.wire import Turn
from repartee.engines.worker.work import Steps

SECOND = 2 * 1000 * MS  # bytes


class Stretches:
    """Hears the length of each stretch, in seconds."""

    options = SimpleNamespace(posteriors=False)

    def __init__(self) -> None:
        self.decoded: list[int] = []

    def start(self, sound: NDArray[np.float32], turn: Turn, begun_ms: int) -> "Future[Found]":
        seconds = round(len(sound) / MS / 1000)
        self.decoded.append(seconds)
        future: Future[Found] = Future()
        future.set_result(Found(f"{seconds}s", ()))
        return future


def hearer() -> tuple[StretchHearer, list[int]]:
    stretches: Any = Stretches()
    return StretchHearer(stretches, Turn()), stretches.decoded


def told(steps: Steps) -> list[Words]:
    return [result for result in steps if isinstance(result, Words)]


def test_it_is_cut_where_it_is_most_quiet() -> None:
    sound = np.full(20_000 * MS, 1_000, "<i2")
    sound[15_000 * MS : 15_400 * MS] = 3
    place = quiet_place(sound.tobytes()) / 2 / MS
    assert 15_000 < place < 15_400


def test_equally_quiet_sound_is_cut_late() -> None:
    assert quiet_place(bytes(20 * SECOND)) > 19 * SECOND


def test_a_turn_is_decoded_at_its_end() -> None:
    piece, decoded = hearer()
    assert told(piece.feed(bytes(3 * SECOND))) == []
    assert told(piece.finish()) == [Words("3s", 2, final=True)]
    assert decoded == [3]


def test_a_pause_is_answered_with_a_complete_hypothesis() -> None:
    piece, decoded = hearer()
    told(piece.feed(bytes(2 * SECOND)))
    assert told(piece.feed(b"")) == [Words("2s", 0, complete=True)]
    assert told(piece.feed(b"")) == [Words("2s", 0, complete=True)]
    assert told(piece.finish()) == [Words("2s", 2, final=True)]
    assert decoded == [2]  # what nothing was added to is not decoded again


def test_a_long_turn_is_decoded_in_stretches_that_stand_fast() -> None:
    piece, decoded = hearer()
    (cut,) = told(piece.feed(bytes(40 * SECOND)))
    assert (cut.text, cut.stable, cut.complete) == ("28s", 3, False)
    (final,) = told(piece.finish())
    assert final.text == "28s 12s"
    assert decoded == [28, 12]
    assert max(decoded) * 1000 <= LONGEST_MS


def test_a_moment_is_no_speech() -> None:
    piece, decoded = hearer()
    assert told(piece.feed(b"\x01")) == []
    assert told(piece.finish()) == [Words("", 0, final=True)]
    assert decoded == []
