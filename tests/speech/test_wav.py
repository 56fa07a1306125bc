"""WAV files come in pieces, G.711 among them; `tests/talk/test_wav.py` has their widths."""

import struct
import wave
from io import BytesIO

import numpy as np
import pytest

from repartee.speech import g711
from repartee.speech.wav import NotWav, endless_header, parse


def riff(tag: int, channels: int, rate: int, bits: int, data: bytes) -> bytes:
    align = channels * bits // 8
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)
    body = b"WAVEfmt " + struct.pack("<I", 16) + form + b"data" + struct.pack("<I", len(data))
    return b"RIFF" + struct.pack("<I", len(body) + len(data)) + body + data


RAMP = np.arange(-20_000, 20_000, dtype="<i2")


@pytest.mark.parametrize(("tag", "law"), [(6, "audio/pcma"), (7, "audio/pcmu")])
def test_g711(tag: int, law: g711.Law) -> None:
    codes = g711.encode(RAMP, law)
    recording = parse(riff(tag, 1, 8000, 8, codes))
    assert recording.seconds == 5.0
    assert b"".join(recording.pieces()) == g711.decode(codes, law).astype("<i2").tobytes()


def test_pieces_of_a_second_add_up() -> None:
    stereo = np.stack([RAMP, RAMP], axis=1).tobytes() + b"\0\0\0"
    recording = parse(riff(1, 2, 12_000, 16, stereo))
    assert [len(piece) for piece in recording.pieces()] == [24_000, 24_000, 24_000, 8_000]
    assert b"".join(recording.pieces()) == RAMP.tobytes()


def test_what_a_pipe_leaves_unknown_reaches_to_the_end() -> None:
    content = endless_header(24_000) + RAMP.tobytes()
    assert b"".join(parse(content).pieces()) == RAMP.tobytes()
    with wave.open(BytesIO(content)) as file:
        assert (file.getframerate(), file.getnchannels(), file.getsampwidth()) == (24_000, 1, 2)


def test_floats_that_are_no_numbers_are_silence() -> None:
    data = np.array([np.nan, 0.5], "<f4").tobytes()
    (piece,) = parse(riff(3, 1, 8000, 32, data)).pieces()
    assert np.frombuffer(piece, "<i2").tolist() == [0, 16_384]


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"RIFF", b"RIFF\0\0\0\0WAVE", b"ID3"),
        riff(2, 1, 8000, 4, b""),
        riff(1, 0, 8000, 16, b""),
        riff(1, 1, 0, 16, b""),
        riff(7, 1, 8000, 16, b""),
    ],
)
def test_what_cannot_be_read(content: bytes) -> None:
    with pytest.raises(NotWav):
        parse(content)
