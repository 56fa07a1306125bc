"""What was said lately on its way to who can tell whether it is finished."""

import asyncio
import logging
from math import inf, nan

import numpy as np
import pytest

from repartee.engines.protocols import EngineError
from repartee.session.commands import Judge
from repartee.session.inputs import Judged
from repartee.speech.verdict import PATIENCE_S, judge
from virtual_time import run


class Detector:
    """Remembers what it was asked."""

    rate = 16_000

    def __init__(
        self, failure: EngineError | None = None, says: float = 0.7, takes_s: float = 0.0
    ) -> None:
        self.asked: list[tuple[bytes, str]] = []
        self._failure = failure
        self._says = says
        self._takes_s = takes_s

    async def finished(self, pcm: bytes, text: str) -> float:
        self.asked.append((pcm, text))
        if self._failure is not None:
            raise self._failure
        await asyncio.sleep(self._takes_s)
        return self._says


async def ask(detector: Detector, pcm: bytes) -> list[Judged]:
    told: list[Judged] = []

    async def tell(judged: Judged) -> None:
        told.append(judged)

    await judge(Judge("pause_1", pcm, "How are"), detector, tell)
    return told


@pytest.mark.parametrize("ms", [500, 8_000])
async def test_it_is_asked_at_its_own_rate_and_of_all_sound(ms: int) -> None:
    detector = Detector()
    times = np.arange(ms * 24) / 24_000
    pcm = (8_000 * np.sin(2 * np.pi * 200 * times)).astype("<i2").tobytes()
    assert await ask(detector, pcm) == [Judged("pause_1", 0.7)]
    ((sound, text),) = detector.asked
    assert (len(sound), text) == (ms * 32, "How are")
    whole = np.frombuffer(sound, "<i2")[160:-160]
    expected = 8_000 * np.sin(2 * np.pi * 200 * np.arange(ms * 16) / 16_000)[160:-160]
    assert np.abs(whole - expected).max() < 100, "nothing is torn where it was cut"


async def test_its_failure_is_told_as_such_and_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(EngineError, match="broke"), caplog.at_level(logging.WARNING):
        await ask(Detector(EngineError("It broke.")), bytes(4_800))
    assert [record.getMessage() for record in caplog.records] == [
        "a pause was not judged: It broke."
    ]


@pytest.mark.parametrize("says", [-0.1, 1.1, nan, inf])
async def test_what_is_no_probability_is_a_failure(says: float) -> None:
    with pytest.raises(EngineError, match="which is no probability"):
        await ask(Detector(says=says), bytes(4_800))


def test_who_hangs_is_not_waited_for_longer_than_any_pause() -> None:
    assert run(ask(Detector(takes_s=PATIENCE_S - 0.1), bytes(4_800)))
    with pytest.raises(EngineError, match="said nothing within 8 s") as failure:
        run(ask(Detector(takes_s=PATIENCE_S + 0.1), bytes(4_800)))
    assert failure.value.code == "turn_timeout"
