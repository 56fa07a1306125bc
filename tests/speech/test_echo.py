"""What was sent is set against what comes in, by the clock of the microphone, to the sample."""

import logging

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from repartee.speech.codec import encode
from repartee.speech.echo import FRAME_BYTES, LONGEST_BYTES, EchoCancellation, Playback

LATE = 239  # samples that the sound is later
NOISE = np.random.default_rng(0).integers(-8_000, 8_000, 48_000, dtype=np.int16).tobytes()


class Noted:
    """Keeps what it is given, and takes away the loudspeaker's sound as if it came at once."""

    def __init__(self) -> None:
        self.far = b""

    def cancel(self, near: bytes, far: bytes) -> bytes:
        assert len(near) == len(far) == FRAME_BYTES
        self.far += far
        left = np.frombuffer(near, np.int16) - np.frombuffer(far, np.int16)
        return left.tobytes()


class Lame:
    """Does not do its work."""

    def __init__(self, left: bytes | None) -> None:
        self._left = left

    def cancel(self, near: bytes, far: bytes) -> bytes:
        if self._left is None:
            raise RuntimeError("the library is gone")
        return self._left


def hear(echo: EchoCancellation, pcm: bytes) -> bytes:
    """Sound that is taken as it comes."""
    echo.hears(len(pcm))
    return echo(pcm)


def test_what_was_sent_is_played_in_turn_and_then_there_is_silence() -> None:
    playback = Playback()
    playback.add(b"\1\2" * 3, "audio/pcm")
    playback.add(b"\3\4", "audio/pcm")
    assert playback.take(4) == b"\1\2\1\2"
    assert playback.take(8) == b"\1\2\3\4\0\0\0\0"
    assert playback.take(2) == b"\0\0"


def test_when_playing_stops_nothing_is_left() -> None:
    playback = Playback()
    playback.add(b"\1\2" * 3, "audio/pcm")
    playback.clear()
    playback.add(b"\3\4", "audio/pcm")
    assert playback.take(4) == b"\3\4\0\0"


@pytest.mark.parametrize("encoding", ["audio/pcmu", "audio/pcma"])
def test_telephone_sound_is_brought_to_24_khz(encoding: str) -> None:
    tone = (8_000 * np.sin(np.arange(4_800) * 2 * np.pi * 400 / 24_000)).astype("<i2")
    playback = Playback()
    playback.add(encode(tone.tobytes(), encoding), encoding)  # type: ignore[arg-type]
    played = np.frombuffer(playback.take(9_600), "<i2").astype(float)
    assert np.abs(played[30:] - tone[:-30]).max() < 800  # 1.25 ms late
    assert playback.take(2) == b"\0\0"


def test_what_nobody_plays_does_not_pile_up() -> None:
    playback = Playback()
    for _ in range(200):
        playback.add(b"\1\2" * 24_000, "audio/pcm")
    assert playback.take(LONGEST_BYTES + 2).endswith(b"\1\2\0\0")
    playback.add(b"\3\4", "audio/pcm")
    assert playback.take(2) == b"\3\4"


def test_echo_that_comes_at_once_is_gone_to_the_sample() -> None:
    echo = EchoCancellation(Noted())
    echo.sent(NOISE, "audio/pcm")
    assert hear(echo, NOISE) == bytes(len(NOISE))


def test_sound_sent_later_is_set_against_what_comes_in_later() -> None:
    """Though what came in before it still waits to be taken."""
    stream = Noted()
    echo = EchoCancellation(stream)
    echo.hears(960)
    echo.sent(NOISE[:960], "audio/pcm")
    echo.hears(1_440)
    echo(bytes(2_400))
    assert stream.far == bytes(960) + NOISE[:960] + bytes(480)


def test_what_is_hushed_is_not_played() -> None:
    stream = Noted()
    echo = EchoCancellation(stream)
    echo.sent(NOISE, "audio/pcm")
    echo.hears(480)
    echo.hushed()
    echo.hears(480)
    echo(bytes(960))
    assert stream.far == NOISE[:480] + bytes(480)


@settings(max_examples=50)
@given(st.lists(st.integers(0, 2_000), max_size=30))
def test_however_the_stream_is_cut_as_much_is_given_as_was_taken(cuts: list[int]) -> None:
    echo, place = EchoCancellation(Noted()), 0
    given = b""
    for cut in cuts:
        piece = NOISE[place : place + 2 * cut]
        place += len(piece)
        given += hear(echo, piece)
        assert len(given) == place
    assert given == (bytes(2 * LATE) + NOISE)[:place]


@pytest.mark.parametrize("left", [None, b"", bytes(482)], ids=["raises", "nothing", "too much"])
def test_where_the_canceller_fails_the_sound_stays(
    left: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    echo = EchoCancellation(Lame(left))
    with caplog.at_level(logging.ERROR):
        assert hear(echo, NOISE) == (bytes(2 * LATE) + NOISE)[: len(NOISE)]
    assert len(caplog.records) == 1
