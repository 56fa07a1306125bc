"""WAV files of every kind are read alike; what is none is told."""

import struct
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from repartee.talk import TalkError, wav

RAMP = np.array([0, 256, -256, 32512, -32768], np.int64)  # exact in 8 bits as well


def riff(form: bytes, data: bytes, *, size: int | None = None, before: bytes = b"") -> bytes:
    said = len(data) if size is None else size
    body = b"WAVE" + b"fmt " + struct.pack("<I", len(form)) + form + before
    body += b"data" + struct.pack("<I", said) + data
    return b"RIFF" + struct.pack("<I", len(body)) + body


def form(tag: int, channels: int, rate: int, bits: int) -> bytes:
    align = channels * bits // 8
    return struct.pack("<HHIIHH", tag, channels, rate, rate * align, align, bits)


def extensible(tag: int, channels: int, rate: int, bits: int) -> bytes:
    guid = struct.pack("<H", tag) + bytes.fromhex("000000001000800000aa00389b71")
    return form(0xFFFE, channels, rate, bits) + struct.pack("<HHI", 22, bits, 3) + guid


def encoded(bits: int) -> bytes:
    if bits == 8:
        return (RAMP // 256 + 128).astype(np.uint8).tobytes()
    if bits == 24:
        return b"".join(int(v * 256).to_bytes(3, "little", signed=True) for v in RAMP)
    return (RAMP << (bits - 16)).astype(f"<i{bits // 8}").tobytes()


def read(tmp_path: Path, content: bytes) -> wav.Sound:
    path = tmp_path / "question.wav"
    path.write_bytes(content)
    return wav.read(path)


@pytest.mark.parametrize("describe", [form, extensible])
@pytest.mark.parametrize("bits", [8, 16, 24, 32])
def test_every_width_gives_the_same_sound(tmp_path: Path, bits: int, describe: object) -> None:
    head = form(1, 1, 8000, bits) if describe is form else extensible(1, 1, 8000, bits)
    sound = read(tmp_path, riff(head, encoded(bits)))
    assert sound.rate == 8000
    assert np.frombuffer(sound.pcm, "<i2").tolist() == RAMP.tolist()


def test_floats_are_read_and_clipped(tmp_path: Path) -> None:
    data = np.array([0.5, -1.0, 3.0], "<f4").tobytes()
    sound = read(tmp_path, riff(form(3, 1, 48000, 32), data))
    assert np.frombuffer(sound.pcm, "<i2").tolist() == [16384, -32768, 32767]


def test_channels_are_averaged(tmp_path: Path) -> None:
    data = np.array([100, 300, -50, 50], "<i2").tobytes()
    sound = read(tmp_path, riff(form(1, 2, 44100, 16), data))
    assert np.frombuffer(sound.pcm, "<i2").tolist() == [200, 0]


@pytest.mark.parametrize("size", [0, 0xFFFFFFFF])
def test_a_file_from_a_pipe_holds_all_that_follows(tmp_path: Path, size: int) -> None:
    sound = read(tmp_path, riff(form(1, 1, 8000, 16), b"\1\0\2\0", size=size))
    assert sound.pcm == b"\1\0\2\0"


def test_chunks_of_odd_length_are_padded(tmp_path: Path) -> None:
    note = b"LIST" + struct.pack("<I", 3) + b"abc\0"
    assert read(tmp_path, riff(form(1, 1, 8000, 16), b"\1\0", before=note)).pcm == b"\1\0"


def test_a_last_sample_cut_in_half_is_dropped(tmp_path: Path) -> None:
    assert read(tmp_path, riff(form(1, 1, 8000, 16), b"\1\0\2")).pcm == b"\1\0"


def test_what_is_no_wav_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(TalkError, match=r"question\.wav is not a WAV file"):
        read(tmp_path, b"ID3 this is something else")
    with pytest.raises(TalkError, match="is compressed: convert it to a PCM WAV file"):
        read(tmp_path, riff(form(2, 1, 8000, 8), b"\xff"))
    with pytest.raises(TalkError, match=r"cannot read .*nowhere.wav: No such file"):
        wav.read(tmp_path / "nowhere.wav")


def test_what_is_written_can_be_read(tmp_path: Path) -> None:
    sound = wav.Sound(24000, RAMP.astype("<i2").tobytes())
    wav.write(tmp_path / "answer.wav", sound)
    assert wav.read(tmp_path / "answer.wav") == sound
    with pytest.raises(TalkError, match="cannot write"):
        wav.write(tmp_path / "nowhere" / "answer.wav", sound)


def tone(hertz: int, rate: int) -> NDArray[np.float64]:
    """A tenth of a second."""
    return 10000 * np.sin(2 * np.pi * hertz * np.arange(rate // 10) / rate)


def resampled(hertz: int, rate: int) -> NDArray[np.float64]:
    """That tone at 24 kHz, without the edges, where its sudden start and end ring."""
    sound = wav.Sound(rate, tone(hertz, rate).astype("<i2").tobytes()).at(24000)
    assert sound.rate == 24000
    return np.frombuffer(sound.pcm, "<i2")[100:2300].astype(np.float64)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 24000, 44100, 48000, 96000])
def test_any_rate_becomes_the_one_that_is_wanted(rate: int) -> None:
    assert np.abs(resampled(400, rate) - tone(400, 24000)[100:2300]).max() < 100


def test_what_the_lower_rate_cannot_hold_is_gone() -> None:
    assert np.abs(resampled(20000, 48000)).max() < 40


def test_no_sound_stays_no_sound() -> None:
    assert wav.Sound(8000, b"").at(24000) == wav.Sound(24000, b"")
