"""Sound and words together make a probability."""

import numpy as np
import pytest

from recordings import read, recorded
from repartee.engines.prosody.detector import Prosody

RATE = Prosody.rate
LEAST_SURE, SUREST = 0.42, 0.55  # a rule of thumb
SILENCE = bytes(RATE // 5 * 2)

# What stands in the recording of a number told in groups, and when the groups are over (s).
GROUPS = ((2.24, "eight zero zero"), (4.54, "eight zero zero four one"))


async def told(pcm: bytes, text: str = "") -> float:
    return await Prosody().finished(pcm, text)


async def test_where_nothing_is_heard_words_alone_count() -> None:
    assert await told(SILENCE) == 0.5
    assert await told(SILENCE, "it is on the") == LEAST_SURE
    assert await told(SILENCE, "where is it?") == SUREST


async def test_a_sentence_that_fades_is_likelier_over_than_a_word_cut_off() -> None:
    times = np.arange(3 * RATE) / RATE
    pitch = np.where(times < 2.8, 150, 110)
    buzz = sum(np.sin(2 * np.pi * np.cumsum(pitch) / RATE * k) / k for k in range(1, 12))
    fading = (buzz * np.where(times < 2.5, 4000, 1200)).astype("<i2").tobytes()
    assert await told(fading + SILENCE) == SUREST
    assert await told(fading[: RATE // 2 * 2] + SILENCE) == LEAST_SURE


@pytest.mark.parametrize(("end_s", "text"), GROUPS)
async def test_a_number_told_in_groups_goes_on(end_s: float, text: str) -> None:
    pcm = read("fsdd_pauses_george", RATE)[: round((end_s + 0.22) * RATE)].tobytes()
    assert await told(pcm, text) == LEAST_SURE
    if recorded():
        assert await told(pcm) == LEAST_SURE  # by its sound alone
