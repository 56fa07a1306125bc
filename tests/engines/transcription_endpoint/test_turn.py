"""A turn is collected within bounds, and becomes a file."""

import io
import wave

import pytest

from engines.speech import tone
from repartee.engines.protocols import EngineError
from repartee.engines.transcription_endpoint.turn import LONGEST_S, Turn

RATE = 16_000


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
    assert turn(bytes(999)).sounds == 0
    assert turn(bytes(999), b"\1", bytes(2)).sounds == 1


def test_there_is_an_end_of_patience() -> None:
    whole = turn(bytes(LONGEST_S * RATE * 2))
    with pytest.raises(EngineError, match=r"more than 5\.5 minutes") as failed:
        whole.hear(bytes(RATE // 500))
    assert failed.value.code == "transcription_too_long"
