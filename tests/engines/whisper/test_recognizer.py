"""The recogniser as sessions use it, with its process; see conftest.py for where these run."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from engines.processes import Held, source
from engines.whisper.models import whisper_model
from engines.whisper.sounds import sound
from repartee.conformance.engines import problems
from repartee.engines import registry
from repartee.engines.protocols import EngineError, Words
from repartee.engines.whisper import recognizer as whisper
from repartee.engines.whisper.recognizer import FasterWhisper
from repartee.protocol.prompt import Hints

SPEECH = sound(2)
CHUNK = 3_200


@pytest_asyncio.fixture
async def ears(model: Path) -> AsyncIterator[FasterWhisper]:
    recognizer = made(model)
    await recognizer.open()
    yield recognizer
    await recognizer.close()


def made(model: Path, **options: Any) -> FasterWhisper:
    given = {"model": str(model), "device": "cpu", "compute_type": "default", **options}
    recognizer = registry.make("ears", "faster-whisper", given)
    assert isinstance(recognizer, FasterWhisper)
    return recognizer


def chunks(pcm: bytes = SPEECH) -> list[bytes]:
    return [pcm[start : start + CHUNK] for start in range(0, len(pcm), CHUNK)]


async def hear(
    ears: FasterWhisper, audio: AsyncIterator[bytes], hints: Hints | None = None
) -> list[Words]:
    async with aclosing(ears.recognize(audio, hints or Hints("en"))) as told:
        return [words async for words in told]


@pytest.mark.parametrize(
    "options",
    [{}, {"partials_s": 0.3, "at_once": 2}, {"vad": True, "beam_size": 1, "processes": 2}],
    ids=["plain", "partials", "vad"],
)
async def test_it_keeps_every_rule(model: Path, options: dict[str, Any]) -> None:
    ears = made(model, **options)
    await ears.open()
    try:
        assert await problems("ears", ears) == {}
    finally:
        await ears.close()


async def test_a_pause_is_answered_before_the_end(ears: FasterWhisper) -> None:
    audio = Held(*chunks(), b"")
    async with aclosing(ears.recognize(audio, Hints("en"))) as told:
        guess = await anext(told)
        assert guess.complete
        audio.end()
        final = await anext(told)
    assert final.final
    assert final.text == guess.text
    assert final.words == guess.words


async def test_hints_reach_the_model(ears: FasterWhisper) -> None:
    plain = (await hear(ears, source(*chunks())))[-1]
    for hints in (Hints("de"), Hints("en", prompt="the sea"), Hints("en", keywords=("moon",))):
        assert (await hear(ears, source(*chunks()), hints))[-1] != plain
    assert (await hear(ears, source(*chunks()), Hints("EN-gb")))[-1] == plain


async def test_a_crash_is_told_and_the_next_turn_is_heard(ears: FasterWhisper) -> None:
    audio = Held(*chunks(), b"")
    async with aclosing(ears.recognize(audio, Hints())) as told:
        await anext(told)
        os.kill(ears.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match=r"faster-whisper crashed \(Killed\)"):
            async for _ in told:
                pass
    assert (await hear(ears, source(*chunks())))[-1].text


async def test_leaving_a_turn_leaves_the_process_and_its_model(ears: FasterWhisper) -> None:
    pids = ears.pids
    for _ in range(5):
        audio = Held(*chunks())
        leaving = asyncio.create_task(hear(ears, audio))
        await audio.asked.wait()
        audio.end()
        leaving.cancel()
        await asyncio.wait([leaving])
    assert (await hear(ears, source(*chunks())))[-1].text
    assert ears.pids == pids


async def test_what_cannot_be_loaded_is_told(tmp_path: Path) -> None:
    folder = whisper_model(tmp_path / "broken")
    (folder / "model.bin").write_bytes(b"no model" * 100)
    with pytest.raises(EngineError, match=f"faster-whisper cannot be loaded: {folder} on cpu"):
        await made(folder).open()


def test_a_model_that_is_not_there_is_told_with_its_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(registry.UnusableEngine, match="`repartee models pull base`"):
        made(Path("base"))


async def test_a_missing_wheel_is_told_with_its_remedy(
    model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(whisper, "find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"pip install 'repartee\[whisper\]'"):
        await made(model).open()


def test_it_is_loaded_only_in_its_process() -> None:
    script = "import sys, repartee.engines.whisper.recognizer; print('ctranslate2' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_it_says_what_it_is_worth() -> None:
    assert "GPU" in FasterWhisper.notice
    assert "MIT" in FasterWhisper.licence
