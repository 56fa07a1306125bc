"""WebRTC's canceller: echo goes, the user's voice stays, at whatever delay the client has."""

import sys

import numpy as np
import pytest

import recordings
from recordings import RATE, Samples
from repartee.engines import registry
from repartee.engines.protocols import EchoStream
from repartee.engines.registry import UnusableEngine
from repartee.engines.webrtc_echo import WebRTCEchoCanceller
from rooms import Room, Sound, erle, heard

FRAME = 240
LEARNT_S = 4  # after which the canceller knows the room


def cancelled(near: Samples, far: Samples) -> Samples:
    """What is left of a microphone's sound, in whole frames."""
    stream: EchoStream = WebRTCEchoCanceller().stream()
    pieces = [
        stream.cancel(near[start : start + FRAME].tobytes(), far[start : start + FRAME].tobytes())
        for start in range(0, len(near) // FRAME * FRAME, FRAME)
    ]
    return np.frombuffer(b"".join(pieces), "<i2")


def agent() -> Samples:
    """Ten seconds of speech."""
    clips = [recordings.read(name) for name in ("jfk", "librivox_austen_0890", "jfk")]
    return np.concatenate(clips)[: 10 * RATE]


def later(sound: Samples) -> Samples:
    return sound[LEARNT_S * RATE :]


@pytest.mark.parametrize("delay_ms", [10, 50, 100, 200, 400])
@pytest.mark.parametrize("level_db", [-10, -20])
def test_an_echo_is_taken_away(level_db: float, delay_ms: int) -> None:
    far = agent()
    near = heard(Room(level_db, delay_ms).echo(far))
    assert erle(later(near), later(cancelled(near, far))) > 15


@pytest.mark.parametrize("level_db", [-10, -20])
def test_who_speaks_over_the_echo_is_heard(level_db: float) -> None:
    """What is left of both voices sounds like the user's, and not like the agent's."""
    far = agent()
    user = np.zeros(len(far), np.int16)
    clip = recordings.read("ls_other_1688-142285-0003")[: 4 * RATE]
    user[5 * RATE : 5 * RATE + len(clip)] = clip
    echo = Room(level_db).echo(far)
    left = cancelled(heard(user, echo), far)
    spoken = slice(5 * RATE, 5 * RATE + len(clip))
    loss = 10 * np.log10(_power(user[spoken]) / _power(left[spoken]))
    assert loss < 6
    assert _alike(left[spoken], user[spoken]) > 0.5
    assert _alike(left[spoken], echo[spoken]) < 0.3


def _power(sound: Samples) -> float:
    return float(np.mean(sound.astype(np.float64) ** 2))


def _alike(one: Samples, other: Samples | Sound) -> float:
    """The greatest correlation within 20 ms, for the canceller is late."""
    a, b = one.astype(np.float64), other.astype(np.float64)
    shifts = (float(a[late:] @ b[: len(b) - late]) for late in range(480))
    return max(map(abs, shifts)) / float(np.sqrt((a @ a) * (b @ b)))


def test_the_same_sound_gives_the_same() -> None:
    far = agent()[: 2 * RATE]
    near = heard(Room().echo(far))
    assert np.array_equal(cancelled(near, far), cancelled(near, far))


def test_without_its_package_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.partition(".")[0] == "livekit"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "repartee.engines.webrtc_echo")
    monkeypatch.setitem(sys.modules, "livekit", None)
    with pytest.raises(UnusableEngine) as refused:
        registry.make("echo", "webrtc")
    assert "pip install 'repartee[echo]'" in str(refused.value)
