"""One record."""

from repartee.usage.record import day_of
from usage.made import DAY, NOON, record


def test_its_tokens_are_what_was_read_and_written() -> None:
    """What was cached is part of what was read."""
    counts = {
        "input_text_tokens": 1,
        "input_audio_tokens": 2,
        "cached_text_tokens": 1,
        "cached_audio_tokens": 2,
        "output_text_tokens": 4,
        "output_audio_tokens": 8,
    }
    assert record(**counts).tokens == 15


def test_its_day_is_one_of_utc() -> None:
    assert record().day == DAY
    assert [day_of(0.0), day_of(86_399.9), day_of(86_400.0)] == [0, 0, 1]
    assert day_of(NOON) == DAY
