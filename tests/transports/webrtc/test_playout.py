"""The sound on its way to a caller."""

import numpy as np
import pytest

from recordings import Samples
from repartee.transports.webrtc.playout import FRAME_SAMPLES, Playout

TONE = np.full(FRAME_SAMPLES, 8000, "<i2")


def frames(playout: Playout, count: int) -> list[Samples]:
    return [np.frombuffer(playout.frame(), "<i2") for _ in range(count)]


def test_what_is_given_is_played_in_order_and_then_there_is_silence() -> None:
    playout = Playout()
    playout.play(TONE.tobytes())
    playout.play((TONE[:100] // 2).tobytes())
    first, second, third = frames(playout, 3)
    assert (first == TONE).all()
    assert (second[:100] == 4000).all()
    assert not second[100:].any()
    assert not third.any()
    assert len(second) == len(third) == FRAME_SAMPLES


def test_nothing_is_played_after_a_hush_but_what_comes_then() -> None:
    playout = Playout()
    playout.play(TONE.tobytes() * 10)
    frames(playout, 2)
    playout.hush()
    assert not frames(playout, 1)[0].any()
    playout.play((-TONE).tobytes())
    assert (frames(playout, 1)[0] == -TONE).all()


def test_softly_is_twelve_decibels_less_and_it_does_not_click() -> None:
    playout = Playout()
    playout.play(TONE.tobytes() * 6)
    (before,) = frames(playout, 1)
    playout.duck(True)
    down, soft = frames(playout, 2)
    playout.duck(False)
    up, after = frames(playout, 2)
    assert (before == TONE).all()
    assert (after == TONE).all()
    assert 20 * np.log10(soft.mean() / 8000) == pytest.approx(-12, abs=0.01)
    for ramp in (down, up):
        assert np.abs(np.diff(ramp.astype(int))).max() < 20
    assert down[0] == up[-1] == 8000


def test_a_session_believes_what_is_sent() -> None:
    """Sound given at any moments is sent when the session's clock says, up to one frame later."""
    rng = np.random.default_rng(1)
    now = until = 0.0
    playout, sent, given = Playout(), 0.0, 0.0
    next_frame = 0.0
    for _ in range(500):
        now += rng.uniform(0, 0.15)
        while next_frame <= now:
            sent += 20 * np.frombuffer(playout.frame(), "<i2").astype(bool).mean()
            next_frame += 0.02
        believed = given - max(0.0, until - now) * 1000
        assert -0.5 <= sent - believed + 20 <= 40.5
        ms = int(rng.uniform(1, 120))
        playout.play(np.ones(24 * ms, "<i2").tobytes())
        until = max(until, now) + ms / 1000
        given += ms
