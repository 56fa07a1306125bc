"""The sounds of the judge, and that a voice activity detector hears the right ones."""

import base64

import numpy as np
import pytest

from repartee.conformance.play import sound
from repartee.engines.silero import SileroVad


def heard(samples: sound.Samples) -> float:
    """The greatest probability of speech in 24 kHz sound."""
    times = np.arange(0, len(samples), 1.5)
    slow = np.interp(times, np.arange(len(samples)), samples / 32_768).astype(np.float32)
    vad = SileroVad()
    states = np.zeros((1, vad.state_size), np.float32)
    most = 0.0
    for start in range(0, len(slow) - 511, 512):
        probabilities, states = vad(slow[np.newaxis, start : start + 512], states)
        most = max(most, float(probabilities[0]))
    return most


def test_the_sentence_is_speech_and_nothing_else_is() -> None:
    assert heard(sound.speech()) > 0.9
    for other in (sound.silence(2000), sound.hum(2000), sound.noise(2000, 0.02)):
        assert heard(other) < 0.3


def test_the_sentence_is_the_same_at_both_rates() -> None:
    assert len(sound.speech()) == 3 * len(sound.telephone_speech())
    assert 1.0 < len(sound.speech()) / sound.RATE < 3.0
    slow, fast = sound.level(sound.telephone_speech()), sound.level(sound.speech())
    assert fast == pytest.approx(slow, rel=0.02)


def test_sounds_last_and_are_as_loud_as_they_should() -> None:
    assert len(sound.silence(100)) == 2400
    assert len(sound.silence(100, sound.TELEPHONE_RATE)) == 800
    assert len(sound.hum(250)) == 6000
    assert sound.level(sound.noise(1000, 0.02)) == pytest.approx(0.02, rel=0.05)
    assert sound.level(sound.silence(0)) == 0
    assert not (sound.noise(100, 0.02) - sound.noise(100, 0.02)).any()


def test_mixing_does_not_overflow() -> None:
    loud = np.full(10, 30_000, np.int16)
    assert sound.mixed(loud, loud).max() == 32_767


def test_pcm_comes_back() -> None:
    assert not (sound.decoded(sound.encoded(sound.speech())) - sound.speech()).any()
    pieces = list(sound.pieces(sound.speech()))
    assert {len(piece) for piece in pieces[:-1]} == {2400}
    assert not (np.concatenate(pieces) - sound.speech()).any()


# The values that ITU-T Recommendation G.711 tells for zero, the smallest and the greatest.
@pytest.mark.parametrize(
    ("law", "codes"),
    [("audio/pcmu", [0xFF, 0x80, 0x00]), ("audio/pcma", [0xD5, 0xAA, 0x2A])],
)
def test_sound_is_companded(law: sound.Law, codes: list[int]) -> None:
    samples = np.array([0, 32_767, -32_768], np.int16)
    assert list(base64.b64decode(sound.companded(samples, law))) == codes


def test_companding_keeps_the_order_of_loudness() -> None:
    rising = np.arange(32_768).astype(np.int16)
    mu = np.frombuffer(base64.b64decode(sound.companded(rising, "audio/pcmu")), np.uint8)
    a = np.frombuffer(base64.b64decode(sound.companded(rising, "audio/pcma")), np.uint8)
    assert (np.diff(mu.astype(int)) <= 0).all()  # mu-law counts down from 0xFF
    assert (np.diff((a ^ 0x55).astype(int)) >= 0).all()
    assert len(np.unique(mu)) == len(np.unique(a)) == 128
