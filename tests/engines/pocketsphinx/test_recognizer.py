"""The recogniser as sessions use it, with its process."""

import asyncio
import logging
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing

import pytest
import pytest_asyncio

from engines.processes import Held, is_idle, memory_mb, source
from recordings import read
from repartee.engines.pocketsphinx import recognizer as pocketsphinx
from repartee.engines.pocketsphinx.recognizer import PocketsphinxRecognizer
from repartee.engines.protocols import EngineError, Words
from repartee.protocol.prompt import Hints

SENTENCE = "ls_other_1688-142285-0003"
CHUNK = 3_200


@pytest_asyncio.fixture
async def ears() -> AsyncIterator[PocketsphinxRecognizer]:
    recognizer = PocketsphinxRecognizer(processes=1)
    await recognizer.open()
    yield recognizer
    await recognizer.close()


def chunks(name: str = SENTENCE) -> list[bytes]:
    sound = read(name, PocketsphinxRecognizer.rate).tobytes()
    return [sound[start : start + CHUNK] for start in range(0, len(sound), CHUNK)]


async def hear(
    ears: PocketsphinxRecognizer, audio: AsyncIterator[bytes], hints: Hints | None = None
) -> list[Words]:
    async with aclosing(ears.recognize(audio, hints or Hints())) as told:
        return [words async for words in told]


async def test_it_understands_while_someone_speaks(ears: PocketsphinxRecognizer) -> None:
    speech = chunks()
    audio = Held(*speech[:30])
    async with aclosing(ears.recognize(audio, Hints())) as told:
        first = await anext(told)
        assert first.text
        assert not first.final
        for chunk in speech[30:]:
            audio.give(chunk)
        audio.end()
        rest = [words async for words in told]
    assert rest[-1].final
    assert rest[-1].words


async def test_no_sound_is_no_words(ears: PocketsphinxRecognizer) -> None:
    assert await hear(ears, source()) == [Words("", 0, final=True)]


async def test_several_speak_at_once(ears: PocketsphinxRecognizer) -> None:
    speech = chunks()[:20]
    alone = (await hear(ears, source(*speech)))[-1]
    together = await asyncio.gather(*(hear(ears, source(*speech)) for _ in range(5)))
    assert [told[-1] for told in together] == [alone] * 5
    assert len(ears.pids) == 1


async def test_a_crash_is_told_and_the_next_turn_is_heard(ears: PocketsphinxRecognizer) -> None:
    audio = Held(*chunks())
    async with aclosing(ears.recognize(audio, Hints())) as told:
        await anext(told)
        os.kill(ears.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match=r"pocketsphinx crashed \(Killed\)"):
            async for _ in told:
                pass
    assert (await hear(ears, source(*chunks())))[-1].text


async def test_leaving_a_turn_stops_the_work(ears: PocketsphinxRecognizer) -> None:
    async with aclosing(ears.recognize(source(b"".join(chunks() * 20)), Hints())) as told:
        await anext(told)
    await hear(ears, source())  # its end shows that the cancel was worked off
    assert is_idle(ears.pids[0])


async def test_it_stays_small(ears: PocketsphinxRecognizer) -> None:
    assert memory_mb(ears.pids[0]) < 95
    await hear(ears, source(*chunks()))
    assert memory_mb(ears.pids[0]) < 110


async def test_hints_are_let_be_and_the_log_says_so_once(
    ears: PocketsphinxRecognizer, caplog: pytest.LogCaptureFixture
) -> None:
    hints = Hints(language="de", prompt="Frau Müller", keywords=("Müller",))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert (await hear(ears, source(), hints))[-1].final
        await hear(ears, source(), Hints(language="en-GB"))
    told = [record.getMessage() for record in caplog.records]
    assert told == [
        f"pocketsphinx cannot use the hint {hint}: it is ignored"
        for hint in ("language", "prompt", "keywords")
    ]
    assert "Müller" not in caplog.text


async def test_a_missing_wheel_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pocketsphinx, "find_spec", lambda name: None)
    with pytest.raises(EngineError) as failure:
        await PocketsphinxRecognizer().open()
    assert str(failure.value) == ("pocketsphinx is not installed: pip install 'repartee[offline]'")


def test_it_is_loaded_only_in_its_process() -> None:
    script = (
        "import sys, repartee.engines.pocketsphinx.recognizer; print('pocketsphinx' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert ran.stdout == "False\n"


def test_it_says_what_it_is_worth() -> None:
    assert "half" in PocketsphinxRecognizer.notice
    assert "BSD" in PocketsphinxRecognizer.licence
