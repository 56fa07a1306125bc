"""Milliseconds to bytes of 24 kHz PCM, and back."""

import pytest

from repartee.protocol.audio import (
    BUFFER_BYTES,
    BYTES_PER_MS,
    MINIMUM_COMMIT_MS,
    Encoding,
    bytes_per_ms,
    decoded_size,
    ms,
    sample_rate,
    size,
)


@pytest.mark.parametrize(
    ("milliseconds", "length"),
    [(0, 0), (1, 48), (32, 1536), (100, 4800), (1000, 48_000), (0.5, 24)],
)
def test_milliseconds_and_bytes_are_two_names_of_one_length(
    milliseconds: float, length: int
) -> None:
    assert size(milliseconds) == length
    assert ms(length) == milliseconds


@pytest.mark.parametrize("milliseconds", [0.01, 0.03, 0.1, 33.333])
def test_a_length_is_whole_samples(milliseconds: float) -> None:
    assert size(milliseconds) % 2 == 0
    assert abs(ms(size(milliseconds)) - milliseconds) <= 0.5 / 24


def test_the_limits_are_those_of_the_contract() -> None:
    """B023, B054: appends of 15 MiB; a commit of 2400 samples."""
    assert BUFFER_BYTES == 15 * 1024 * 1024
    assert MINIMUM_COMMIT_MS * BYTES_PER_MS == 2400 * 2


@pytest.mark.parametrize(
    ("encoding", "rate", "width"),
    [("audio/pcm", 24_000, 2), ("audio/pcmu", 8_000, 1), ("audio/pcma", 8_000, 1)],
)
def test_a_second_of_any_encoding(encoding: Encoding, rate: int, width: int) -> None:
    assert sample_rate(encoding) == rate
    assert bytes_per_ms(encoding) * 1000 == rate * width
    assert decoded_size(rate * width, encoding) == size(1000)
