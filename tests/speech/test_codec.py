"""Formats on the wire: every byte becomes sound at once, and stays what and where it was."""

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

import recordings
from repartee.protocol.audio import Encoding
from repartee.speech import g711
from repartee.speech.codec import Decoder, Encoder, decode, encode, expanded
from repartee.speech.g711 import Law

LAWS: tuple[Law, ...] = ("audio/pcmu", "audio/pcma")
ENCODINGS: tuple[Encoding, ...] = ("audio/pcm", *LAWS)
NOISE = np.random.default_rng(1).integers(-9_000, 9_000, 4_800).astype("<i2").tobytes()


def tone(rate: int, seconds: float = 0.5, hertz: float = 1_000.0) -> NDArray[np.float64]:
    return 8_000 * np.sin(2 * np.pi * hertz * np.arange(round(rate * seconds)) / rate)


def as_bytes(samples: NDArray[np.float64]) -> bytes:
    return np.rint(samples).astype("<i2").tobytes()


def difference(pcm: bytes, expected: NDArray[np.float64]) -> float:
    """The greatest, away from both ends."""
    told = np.frombuffer(pcm, "<i2")
    assert len(told) == len(expected)
    return float(np.abs(told - expected)[100:-100].max())


def test_pcm_is_left_alone() -> None:
    assert Decoder("audio/pcm")(NOISE) == NOISE
    assert decode(NOISE, "audio/pcm") == encode(NOISE, "audio/pcm") == NOISE
    assert expanded(NOISE, "audio/pcm") == NOISE


def test_half_a_sample_is_refused() -> None:
    with pytest.raises(ValueError, match="within a sample"):
        Decoder("audio/pcm")(b"\0\0\0")


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("size", [0, 1, 7, 160, 800, 4_000])
def test_every_byte_of_g711_is_three_samples_at_once(law: Law, size: int) -> None:
    """B054: 800 bytes are enough for a commit."""
    decoder = Decoder(law)
    assert [len(decoder(bytes(size))) for _ in range(3)] == [6 * size] * 3


@pytest.mark.parametrize("law", LAWS)
def test_the_sound_does_not_depend_on_how_it_is_cut(law: Law) -> None:
    whole, pieces = Decoder(law), Decoder(law)
    ends = [0, *np.sort(np.random.default_rng(2).integers(0, len(NOISE), 400)), len(NOISE)]
    told = [pieces(NOISE[start:end]) for start, end in pairwise(ends)]
    assert b"".join(told) == whole(NOISE)


@pytest.mark.parametrize("law", LAWS)
def test_a_stream_of_g711_comes_in_a_little_late(law: Law) -> None:
    told = Decoder(law)(g711.encode(np.rint(tone(8_000)).astype(np.int16), law))
    late = np.concatenate([np.zeros(30), tone(24_000)[:-30]])  # 1.25 ms
    assert difference(told, late) < 160  # half a step of a code


@pytest.mark.parametrize("law", LAWS)
def test_a_whole_sound_of_g711_is_not_late(law: Law) -> None:
    told = decode(g711.encode(np.rint(tone(8_000)).astype(np.int16), law), law)
    assert difference(told, tone(24_000)) < 160


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("rate", [8_000, 16_000, 22_050, 24_000])
def test_sound_goes_out_in_the_clients_format(law: Law, rate: int) -> None:
    codes = encode(as_bytes(tone(rate)), law, rate)
    assert difference(expanded(codes, law), tone(8_000)) < 160


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_a_stream_goes_out_as_the_whole_does(encoding: Encoding) -> None:
    encoder = Encoder(22_050, encoding)
    for _ in range(2):
        told = b"".join(encoder(NOISE[start : start + 700]) for start in range(0, len(NOISE), 700))
        assert told + encoder.flush() == encode(NOISE, encoding, 22_050)


@pytest.mark.parametrize("law", LAWS)
def test_speech_survives_the_way_in_and_out(law: Law) -> None:
    """What is lost is what G.711 loses: some 38 dB down in speech this loud, once or twice."""
    speech = recordings.read("jfk", 8_000)
    codes = g711.encode(speech, law)
    again = np.frombuffer(expanded(encode(decode(codes, law), law), law), "<i2").astype(float)
    noise = again - speech
    assert 10 * np.log10(np.sum(speech.astype(float) ** 2) / np.sum(noise**2)) > 30
