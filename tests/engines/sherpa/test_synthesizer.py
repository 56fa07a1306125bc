"""The voice as sessions use it, with its process."""

import asyncio
import logging
import os
import shutil
import signal
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from engines.acoustics import samples
from engines.processes import is_idle
from engines.sherpa.conftest import Made
from engines.sherpa.voices import CHARACTER_S, RATE
from repartee.conformance.engines import problems
from repartee.engines.protocols import EngineError, Speech
from repartee.engines.sherpa.synthesizer import SherpaSynthesizer
from repartee.protocol.prompt import VoiceChoice

SENTENCE = "Some words and a few more of them. "


@pytest_asyncio.fixture
async def voice(made: Made) -> AsyncIterator[SherpaSynthesizer]:
    synthesizer = SherpaSynthesizer(str(made("vits")), voices={"nova": 19, "onyx": 0}, threads=1)
    await synthesizer.open()
    yield synthesizer
    await synthesizer.close()


async def pieces(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def say(
    voice: SherpaSynthesizer, *texts: str, choice: VoiceChoice | None = None
) -> list[Speech]:
    async with aclosing(voice.speak(pieces(*texts), choice or VoiceChoice())) as spoken:
        return [speech async for speech in spoken]


def seconds(spoken: list[Speech]) -> float:
    return sum(len(speech.pcm) for speech in spoken) / 2 / RATE


def text_of(spoken: list[Speech]) -> str:
    return "".join(speech.text for speech in spoken)


async def test_it_keeps_every_rule(voice: SherpaSynthesizer) -> None:
    assert voice.rate == RATE
    assert await problems("voice", voice) == {}


async def test_words_come_with_their_sound(voice: SherpaSynthesizer) -> None:
    spoken = await say(voice, "Good morning,", " dear all. ")
    assert text_of(spoken) == "Good morning, dear all. "
    assert all(each.pcm for each in spoken)
    assert seconds(spoken) == pytest.approx(22 * CHARACTER_S, abs=3 * CHARACTER_S)
    heard = 0.0
    for each in spoken:  # a word begins in the sound that it comes with
        if each.text == "dear ":
            assert heard == pytest.approx(14 * CHARACTER_S, abs=0.3)
        heard += len(each.pcm) / 2 / RATE


async def test_speed_is_kept_within_its_bounds(voice: SherpaSynthesizer) -> None:
    lengths = {
        speed: seconds(await say(voice, SENTENCE, choice=VoiceChoice(speed=speed)))
        for speed in (0.0, 0.25, 1.0, 1.5, 9.0)
    }
    assert voice.paces
    assert lengths[0.25] == pytest.approx(4 * lengths[1.0], rel=0.05)
    assert lengths[1.0] == pytest.approx(1.5 * lengths[1.5], rel=0.05)
    assert (lengths[0.0], lengths[9.0]) == (lengths[0.25], lengths[1.5])


async def test_names_lead_to_speakers(voice: SherpaSynthesizer) -> None:
    loud = {}
    for name in ("onyx", "nova", "alloy", "verse"):
        spoken = await say(voice, SENTENCE, choice=VoiceChoice(name))
        loud[name] = samples(b"".join(each.pcm for each in spoken)).std()
    assert loud["onyx"] < loud["verse"] < loud["nova"]
    assert loud["alloy"] == loud["onyx"]  # the first of all


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "…",
        "**Bold**, _soft_ and `code`: # 1",
        "👋🏽 hi 😀👨‍👩‍👧 1,234.5 and 10:30",
        "שלום עולם، مرحبا بالعالم",
        "你好世界\uff0c今天天气很好。",
        "NUL \x00, half a pair \ud83d and \ue000",
        "a" * 3_000,
    ],
)
async def test_any_text_is_taken_and_none_is_lost(voice: SherpaSynthesizer, text: str) -> None:
    (pid,) = voice.pids
    spoken = await say(voice, text)
    assert text_of(spoken) == text
    assert all(each.pcm for each in spoken[:-1])
    assert (await say(voice, "Still there."))[0].pcm
    assert voice.pids == (pid,)


async def test_several_speak_in_turn(voice: SherpaSynthesizer) -> None:
    async with aclosing(voice.speak(pieces(SENTENCE * 300), VoiceChoice())) as spoken:
        begun = [await anext(spoken) for _ in range(5)]
        assert SENTENCE.startswith(text_of(begun))
        assert text_of(await say(voice, "In between.")) == "In between."


async def test_stopping_stops_the_work(voice: SherpaSynthesizer) -> None:
    async with aclosing(voice.speak(pieces(SENTENCE * 3_000), VoiceChoice())) as spoken:
        await anext(spoken)
    await say(voice, "")  # its end shows that the cancel was worked off
    assert is_idle(voice.pids[0])


async def test_a_crash_is_told_and_the_next_text_is_spoken(voice: SherpaSynthesizer) -> None:
    async with aclosing(voice.speak(pieces(SENTENCE * 300), VoiceChoice())) as spoken:
        await anext(spoken)
        os.kill(voice.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match=r"sherpa-onnx crashed \(Killed\)"):
            async for _ in spoken:
                pass
    assert text_of(await say(voice, "Back again.")) == "Back again."


async def test_what_is_spoken_is_not_logged(made: Made, capfd: pytest.CaptureFixture[str]) -> None:
    synthesizer = SherpaSynthesizer(str(made("vits")))
    await synthesizer.open()
    await say(synthesizer, "秘密")  # which it cannot say
    await synthesizer.close()
    written = capfd.readouterr()
    assert "秘密" not in written.out + written.err


async def test_another_language_is_not_spoken_and_the_log_says_so_once(
    voice: SherpaSynthesizer, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            await say(voice, "Hallo.", choice=VoiceChoice(language="de"))
    assert len(caplog.records) == 1


async def test_a_speaker_that_is_not_there_is_told(made: Made) -> None:
    for wrong in (20, "bella"):
        synthesizer = SherpaSynthesizer(str(made("vits")), voices={"nova": wrong})
        with pytest.raises(EngineError, match=rf"voices\.nova is {wrong}, and the model has the "):
            await synthesizer.open()
        await synthesizer.close()


async def test_a_model_that_the_library_cannot_use_is_told(made: Made, tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(made("vits"), folder)
    (folder / "tokens.txt").write_text("not a table of tokens\n")
    synthesizer = SherpaSynthesizer(str(folder))
    with pytest.raises(EngineError, match="sherpa-onnx"):
        await synthesizer.open()
    assert synthesizer.pids == ()
    await synthesizer.close()


async def test_two_processes_speak_at_once(made: Made) -> None:
    synthesizer = SherpaSynthesizer(str(made("vits")), threads=1, processes=2, at_once=1)
    await synthesizer.open()
    try:
        told = await asyncio.gather(*(say(synthesizer, SENTENCE) for _ in range(3)))
        assert [text_of(each) for each in told] == [SENTENCE] * 3
        assert len(synthesizer.pids) == 2
    finally:
        await synthesizer.close()
