"""Sound looks to the net as it did to Whisper when that was trained."""

import numpy as np
import pytest

from repartee.engines.smart_turn.features import CHANNELS, RATE, SAMPLES, STEPS, log_mel

_TIMES = np.arange(5 * RATE) / RATE
# Five seconds that swell and rise from 200 Hz to 3.2 kHz.
SWEEP = 8000 * np.sin(2 * np.pi * (200 * _TIMES + 300 * _TIMES**2)) * np.minimum(1, _TIMES)


def pcm(samples: np.ndarray) -> bytes:
    return samples.astype("<i2").tobytes()


@pytest.mark.parametrize(
    ("channel", "step", "value"),
    [
        (0, 0, -0.2683),  # the silence that is put in front
        (79, 299, -0.2683),
        (5, 310, 1.1520),
        (20, 450, 0.1538),
        (44, 700, -0.2683),  # more than 80 dB below the loudest
        (50, 799, 0.2919),
        (70, 799, 0.0116),
    ],
)
def test_it_is_what_whispers_own_feature_extractor_makes_of_it(
    channel: int, step: int, value: float
) -> None:
    picture = log_mel(pcm(SWEEP))
    assert picture[channel, step] == pytest.approx(value, abs=1e-4)
    assert (picture.mean(), picture.max()) == pytest.approx((-0.178174, 1.731714), abs=1e-5)


@pytest.mark.parametrize(
    ("hertz", "channel"), [(480, 12), (1000, 26), (2000, 44), (4000, 62), (6400, 74)]
)
def test_a_tone_lights_up_the_channel_of_its_frequency(hertz: float, channel: int) -> None:
    # 15 mel up to 1 kHz and 27 for every factor of 6.4 above, in 81 equal steps up to 8 kHz.
    tone = 5000 * np.sin(2 * np.pi * hertz * np.arange(SAMPLES) / RATE)
    assert log_mel(pcm(tone))[:, 400].argmax() == channel


@pytest.mark.parametrize("samples", [0, 1, 399, RATE, SAMPLES, SAMPLES + RATE])
def test_any_length_gives_a_picture_of_eight_seconds(samples: int) -> None:
    noise = np.random.default_rng(0).standard_normal(samples) * 1000
    picture = log_mel(pcm(noise))
    assert picture.shape == (CHANNELS, STEPS)
    assert picture.dtype == np.float32
    assert np.isfinite(picture).all()
    assert np.ptp(picture) <= 2 + 1e-6  # 8 powers of ten, of which 4 are one


def test_of_more_than_eight_seconds_the_last_count() -> None:
    noise = np.random.default_rng(0).standard_normal(SAMPLES + RATE) * 1000
    np.testing.assert_array_equal(log_mel(pcm(noise)), log_mel(pcm(noise[RATE:])))


def test_loudness_does_not_matter() -> None:
    quiet, loud = log_mel(pcm(SWEEP / 4)), log_mel(pcm(SWEEP))
    assert np.abs(quiet - loud).mean() < 0.02
