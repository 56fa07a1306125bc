"""The last loud sample of a recording is found whatever its level."""

import numpy as np
import pytest

from repartee.talk.loudness import loud_ends_ms


def tone(ms: int, amplitude: float) -> bytes:
    time = np.arange(24 * ms) / 24000
    return (amplitude * np.sin(2 * np.pi * 400 * time)).astype("<i2").tobytes()


@pytest.mark.parametrize("amplitude", [20000.0, 300.0])
@pytest.mark.parametrize("below", [1000, 100, 10])
def test_speech_is_loud_and_the_noise_around_it_is_not(amplitude: float, below: int) -> None:
    sound = tone(100, amplitude / below) + tone(50, amplitude) + tone(70, amplitude / below)
    assert loud_ends_ms(sound, 24000) == [110, 120, 130, 140, 150]


def test_silence_has_no_end_of_speech() -> None:
    assert loud_ends_ms(b"", 24000) == []
    assert loud_ends_ms(bytes(4800), 24000) == []
    assert loud_ends_ms(tone(100, 10.0), 24000) == []
