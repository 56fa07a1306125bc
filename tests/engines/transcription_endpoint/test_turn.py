"""A turn is collected within bounds, becomes a file, and knows whether its pause goes on."""

import io
import wave

import numpy as np
import pytest

from engines.speech import tone
from repartee.engines.protocols import EngineError
from repartee.engines.transcription_endpoint.turn import LONGEST_S, Turn

RATE = 16_000


def noise(ms: int, level: int) -> bytes:
    samples = np.random.default_rng(7).integers(-level, level + 1, ms * RATE // 1000)
    pcm: bytes = samples.astype("<i2").tobytes()
    return pcm


def turn(*chunks: bytes) -> Turn:
    found = Turn(RATE)
    for chunk in chunks:
        found.hear(chunk)
    return found


def test_it_becomes_a_file() -> None:
    pcm = tone(500, RATE)
    made = turn(pcm[:333], pcm[333:], b"x")  # half a sample is none
    assert made.ms == 500
    with wave.open(io.BytesIO(made.wav())) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (RATE, 1, 2)
        assert file.readframes(RATE) == pcm


def test_a_short_turn_is_made_long_enough() -> None:
    with wave.open(io.BytesIO(turn(tone(20, RATE)).wav())) as file:
        assert file.readframes(RATE) == tone(20, RATE) + bytes(80 * RATE // 500)


def test_silence_is_known() -> None:
    assert turn().is_silent
    assert turn(bytes(999)).is_silent
    assert not turn(bytes(999), b"\1").is_silent


def test_there_is_an_end_of_patience() -> None:
    whole = turn(bytes(LONGEST_S * RATE * 2))
    with pytest.raises(EngineError, match=r"more than 5\.5 minutes") as failed:
        whole.hear(bytes(RATE // 500))
    assert failed.value.code == "transcription_too_long"


@pytest.mark.parametrize(
    ("before", "after", "paused"),
    [
        (bytes(6400), [], True),
        (bytes(6400), [bytes(6400)], True),
        (bytes(6400), [noise(100, 30)], True),
        (bytes(6400), [noise(100, 300)], False),
        (noise(200, 300), [noise(96, 300)] * 9, True),
        (noise(200, 300), [noise(96, 300), tone(96, RATE)], False),
        (tone(500, RATE) + noise(200, 300), [tone(96, RATE)], False),
    ],
)
def test_a_pause_lasts_while_nothing_is_louder(
    before: bytes, after: list[bytes], paused: bool
) -> None:
    heard = turn(tone(300, RATE), before)
    heard.pause()
    for chunk in after:
        heard.hear(chunk)
    assert heard.is_paused is paused
