"""The net is loaded or refused in words, judges, and lets go at once."""

import asyncio
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest

from engines.smart_turn.models import any_model, real_model, tiny_model
from recordings import read, recorded
from repartee.engines.protocols import EngineError
from repartee.engines.smart_turn import detector
from repartee.engines.smart_turn.detector import SmartTurn

RATE = SmartTurn.rate
NOISE = (np.random.default_rng(0).standard_normal(RATE) * 3000).astype("<i2").tobytes()


@asynccontextmanager
async def opened(model: Path, threads: int = 1) -> AsyncIterator[SmartTurn]:
    engine = SmartTurn(model, threads)
    try:
        await engine.open()
        yield engine
    finally:
        await engine.close()


async def test_it_judges_what_it_hears(tmp_path: Path) -> None:
    async with opened(tiny_model(tmp_path)) as engine:
        quiet, loud = await engine.finished(b"", ""), await engine.finished(NOISE, "")
    assert 0 < quiet < loud < 1  # the picture of a second of noise is brighter than that of none


async def test_a_number_told_in_groups_is_not_over_before_its_end(tmp_path: Path) -> None:
    sound = read("fsdd_pauses_george", RATE)
    groups = [sound[: round(seconds * RATE)].tobytes() for seconds in (2.46, 4.76, 6.94)]
    async with opened(any_model(tmp_path), threads=2) as engine:
        told = await asyncio.gather(*(engine.finished(group, "") for group in groups))
    assert all(0 <= each <= 1 for each in told)
    if real_model() and recorded():
        assert told[0] < 0.5 < told[2]
        assert told[1] < told[2]


@pytest.mark.parametrize(
    ("made", "problem"),
    [
        ({"name": "audio"}, r"it takes \{'audio': \[80, 800\]\}, not input_features of 80 x 800"),
        ({"steps": 400}, r"it takes \{'input_features': \[80, 400\]\}"),
        ({"last": "Sqrt"}, "of silence it says nan, which is no probability"),
        ({"last": "Neg"}, "of silence it says 1.5, which is no probability"),
    ],
)
async def test_another_model_is_refused(
    tmp_path: Path, made: dict[str, str | int], problem: str
) -> None:
    model = tiny_model(tmp_path, **made)  # type: ignore[arg-type]
    with pytest.raises(EngineError, match=f"v3.2-cpu.onnx is no model of smart-turn v3: {problem}"):
        async with opened(model):
            pass


async def test_a_broken_file_is_refused(tmp_path: Path) -> None:
    model = tiny_model(tmp_path)
    model.write_bytes(model.read_bytes()[:-40])
    with pytest.raises(EngineError, match="onnxruntime cannot read it"):
        async with opened(model):
            pass


async def test_it_has_to_be_opened_first(tmp_path: Path) -> None:
    engine = SmartTurn(tiny_model(tmp_path))
    with pytest.raises(EngineError, match="not been opened"):
        await engine.finished(NOISE, "")


async def test_what_fails_within_is_an_engines_error(tmp_path: Path) -> None:
    async with opened(tiny_model(tmp_path)) as engine:
        with pytest.raises(EngineError, match="it judges nothing"):
            await engine.finished(b"odd", "")


async def test_what_would_wait_too_long_is_refused_at_once(tmp_path: Path) -> None:
    async with opened(tiny_model(tmp_path)) as engine:
        for _ in range(2):
            asked = [engine.finished(NOISE, "") for _ in range(10)]
            told = await asyncio.gather(*asked, return_exceptions=True)
            assert [isinstance(each, float) for each in told] == [True] * 8 + [False] * 2
            assert "raise its option threads" in str(told[8])


async def test_who_asks_no_more_waits_no_more_and_leaves_the_place_to_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, judged = threading.Event(), threading.Event(), []

    def slow(net: object, pcm: bytes) -> float:
        judged.append(pcm)
        begun.set()
        go_on.wait(30)
        return 0.5

    async with opened(tiny_model(tmp_path)) as engine:
        monkeypatch.setattr(detector, "_judged", slow)
        asking = [asyncio.create_task(engine.finished(pcm, "")) for pcm in (b"a", b"b", b"c")]
        await asyncio.to_thread(begun.wait, 30)
        for task in asking[:2]:
            task.cancel()
        ended = await asyncio.gather(*asking[:2], return_exceptions=True)
        assert [type(each) for each in ended] == [asyncio.CancelledError] * 2
        assert not asking[2].done()
        go_on.set()
        assert await asking[2] == 0.5
    assert judged == [b"a", b"c"]  # the first was under way, the second had not begun
