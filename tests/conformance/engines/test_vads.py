"""Every rule for voice activity detectors catches one that breaks it."""

from collections.abc import Callable

import numpy as np
import pytest

from repartee.conformance.engines import Check, judge, vads
from repartee.engines.fake import FakeVad
from repartee.engines.protocols import Frames

Judgement = tuple[Frames, Frames]


class Broken(FakeVad):
    """A good one, whose judgement is spoilt afterwards."""

    def __init__(self, spoil: Callable[[Frames, Frames, Judgement], Judgement]) -> None:
        self._spoil = spoil

    def __call__(self, frames: Frames, states: Frames) -> Judgement:
        return self._spoil(frames, states, super().__call__(frames, states))


def writes(frames: Frames, states: Frames, judged: Judgement) -> Judgement:
    states += 1
    return judged


def shares(frames: Frames, states: Frames, judged: Judgement) -> Judgement:
    """Mistakes all streams for one."""
    return np.full_like(judged[0], judged[0].mean() if len(frames) else 0), judged[1]


@pytest.mark.parametrize(
    ("check", "spoil", "problem"),
    [
        (vads.judges_a_batch, lambda f, s, j: (j[0][:1], j[1]), "3 frames gave"),
        (vads.judges_a_batch, lambda f, s, j: (j[0], j[1][:, :0]), "its states became"),
        (vads.judges_a_batch, lambda f, s, j: (j[0].astype(float), j[1]), "it gave float64"),
        (vads.gives_probabilities, lambda f, s, j: (j[0] * 2, j[1]), "it gave ["),
        (vads.gives_probabilities, lambda f, s, j: (j[0] * np.nan, j[1]), "it gave [nan"),
        (vads.gives_probabilities, lambda f, s, j: (j[0], j[1] / 0), "no number"),
        (vads.takes_silence_for_silence, lambda f, s, j: (1 - j[0], j[1]), "silence is speech"),
        (vads.keeps_streams_apart, shares, "in company"),
        (vads.leaves_its_arguments, writes, "it wrote into what it was given"),
    ],
)
@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.filterwarnings("ignore:invalid value")
async def test_what_breaks_a_rule(
    check: Check, spoil: Callable[[Frames, Frames, Judgement], Judgement], problem: str
) -> None:
    assert problem in await judge(check, Broken(spoil))
