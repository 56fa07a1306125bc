import wave
from pathlib import Path

import numpy as np
import pytest

import tapes
from repartee.recording.format import read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.tracks import RATE, Samples, Tracks, write


def tone(value: int, seconds: float) -> bytes:
    return np.full(round(seconds * RATE), value, "<i2").tobytes()


def where(track: Samples) -> tuple[float, float]:
    """From when to when there is sound, s."""
    (loud,) = np.nonzero(track)
    return float(loud[0] / RATE), float((loud[-1] + 1) / RATE)


def test_what_comes_late_is_joined_and_a_pause_is_kept() -> None:
    tracks = Tracks()
    tracks.since = 50
    tracks.hear(51.0, tone(1, 0.5))
    tracks.hear(51.55, tone(2, 0.5))  # 50 ms late
    tracks.hear(54.0, tone(3, 0.5))
    user = tracks.user()
    assert list(np.unique(user[: 2 * RATE])) == [0, 1, 2]
    assert where(user) == (0.5, 4.0)
    assert user[round(1.01 * RATE)] == 2
    assert not user[round(1.6 * RATE) : round(3.4 * RATE)].any()


def test_sound_that_comes_all_at_once_stays_whole() -> None:
    tracks = Tracks()
    for value in (1, 2, 3):
        tracks.hear(0.1, tone(value, 1))
    assert where(tracks.user()) == (0, 3)


def test_nothing_is_heard_of_an_answer_that_was_cut() -> None:
    tracks = Tracks()
    tracks.send(1, tone(1, 1), "audio/pcm", "a")
    tracks.send(2, tone(2, 1), "audio/pcm", "a")
    tracks.hush(1.5)
    tracks.send(3, tone(3, 1), "audio/pcm", "b")
    agent = tracks.agent()
    assert where(agent) == (1, 4)
    assert not agent[round(1.5 * RATE) : 3 * RATE].any()


def test_of_a_call_only_what_was_played_is_heard() -> None:
    tracks = Tracks()
    tracks.expect("a", tone(1, 1))
    tracks.forget("a")
    tracks.expect("a", tone(2, 1))
    tracks.play(0, "a")
    tracks.play(1, "a")
    assert set(tracks.agent()) == {2}


@pytest.mark.parametrize(("name", "sides"), [("talk", 2), ("phone", 2), ("telephone", 1)])
def test_the_sound_of_a_session_stands_where_it_was_heard(
    name: str, sides: int, tmp_path: Path
) -> None:
    tracks = Tracks()
    inspection = inspect(read(tapes.write(name, tmp_path)), tracks)
    first = inspection.turns[0]
    at = first.moments
    assert at.played is not None
    agent = tracks.agent()
    begins, _ = where(agent)
    assert begins == pytest.approx(first.begun_s + at.played / 1000, abs=0.003)
    if sides == 2:
        assert at.silent is not None
        assert at.began is not None
        second = inspection.turns[1].moments
        assert second.played is not None
        silent_s = first.begun_s + at.silent / 1000
        again_s = inspection.turns[1].begun_s + second.played / 1000
        assert agent[round(silent_s * RATE) - 240]
        assert not agent[round(silent_s * RATE) : round(again_s * RATE) - 1].any()
        began_s, _ = where(tracks.user())
        assert began_s == pytest.approx(first.begun_s + at.began / 1000 - 0.032, abs=0.01)


def test_both_sides_are_written_alone_and_together(tmp_path: Path) -> None:
    tracks = Tracks()
    tracks.hear(1.0, tone(1, 1))
    tracks.send(1, tone(2, 1), "audio/pcm", "a")
    paths = write(tmp_path / "new", "call", tracks)
    assert [path.name for path in paths] == ["call-user.wav", "call-agent.wav", "call-both.wav"]
    with wave.open(str(paths[2])) as both:
        assert (both.getnchannels(), both.getframerate()) == (2, RATE)
        samples = np.frombuffer(both.readframes(both.getnframes()), "<i2").reshape(-1, 2)
    assert [set(samples[:RATE, 0]), set(samples[:RATE, 1])] == [{1}, {0}]
    assert [set(samples[RATE:, 0]), set(samples[RATE:, 1])] == [{0}, {2}]
