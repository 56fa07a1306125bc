"""The voice as sessions use it, with its process."""

from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest
import pytest_asyncio

from engines.acoustics import samples
from engines.piper.voices import RATE, SIGN_S, piper
from engines.processes import is_idle
from repartee.engines.piper.synthesizer import PiperSynthesizer
from repartee.engines.protocols import EngineError, Speech
from repartee.protocol.prompt import VoiceChoice

SENTENCE = "Some words and a few more of them. "


@pytest_asyncio.fixture
async def voice(net: Path) -> AsyncIterator[PiperSynthesizer]:
    synthesizer = PiperSynthesizer(net, voices={"nova": "p19", "onyx": 0}, threads=1)
    await synthesizer.open()
    yield synthesizer
    await synthesizer.close()


async def pieces(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text


async def say(
    voice: PiperSynthesizer, *texts: str, choice: VoiceChoice | None = None
) -> list[Speech]:
    async with aclosing(voice.speak(pieces(*texts), choice or VoiceChoice())) as spoken:
        return [speech async for speech in spoken]


def text_of(spoken: list[Speech]) -> str:
    return "".join(speech.text for speech in spoken)


async def test_words_come_with_their_sound(voice: PiperSynthesizer) -> None:
    assert voice.rate == RATE
    spoken = await say(voice, "Good morning,", " dear all. ")
    assert text_of(spoken) == "Good morning, dear all. "
    assert len(spoken) > 4
    assert all(each.pcm for each in spoken[:-1])


async def test_it_sounds_as_long_as_its_phonemes(voice: PiperSynthesizer) -> None:
    size = sum(len(each.pcm) for each in await say(voice, "Low."))
    signs = "^lˈoʊ.$"  # noqa: RUF001
    assert size / 2 / RATE == pytest.approx((2 * len(signs) - 1) * SIGN_S)


async def test_a_language_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    synthesizer = PiperSynthesizer(piper(tmp_path, espeak={"voice": "nowhere"}))
    with pytest.raises(EngineError, match="espeak-ng does not know the language nowhere"):
        await synthesizer.open()
    await synthesizer.close()


async def test_speed_is_kept_within_its_bounds(voice: PiperSynthesizer) -> None:
    lengths = {
        speed: sum(
            len(each.pcm) for each in await say(voice, SENTENCE, choice=VoiceChoice(speed=speed))
        )
        for speed in (0.0, 0.25, 1.0, 1.5, 9.0)
    }
    assert voice.paces
    assert lengths[0.25] == pytest.approx(4 * lengths[1.0], rel=0.05)
    assert lengths[1.0] == pytest.approx(1.5 * lengths[1.5], rel=0.05)
    assert (lengths[0.0], lengths[9.0]) == (lengths[0.25], lengths[1.5])


async def test_names_lead_to_speakers(voice: PiperSynthesizer) -> None:
    loud = {}
    for name in ("onyx", "nova", "alloy", "verse", "p10"):
        spoken = await say(voice, SENTENCE, choice=VoiceChoice(name))
        loud[name] = samples(b"".join(each.pcm for each in spoken)).std()
    assert loud["onyx"] < loud["p10"] < loud["verse"] < loud["nova"]
    assert loud["alloy"] == loud["onyx"]  # the first of all


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "…",
        "**Bold** `code`: # 1",
        "👋🏽 hi",
        "你好世界\uff0c今天",
        "NUL \x00 \ud83d",
        "a" * 600,
    ],
)
async def test_any_text_is_taken_and_none_is_lost(voice: PiperSynthesizer, text: str) -> None:
    (pid,) = voice.pids
    assert text_of(await say(voice, text)) == text
    assert (await say(voice, "Still there."))[0].pcm
    assert voice.pids == (pid,)


async def test_stopping_stops_the_work(voice: PiperSynthesizer) -> None:
    async with aclosing(voice.speak(pieces(SENTENCE * 3_000), VoiceChoice())) as spoken:
        await anext(spoken)
    await say(voice, "")  # its end shows that the cancel was worked off
    assert is_idle(voice.pids[0])


async def test_what_is_not_installed_is_told(net: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("repartee.engines.piper.synthesizer.find_spec", lambda name: None)
    with pytest.raises(EngineError, match=r"onnxruntime is not installed: .*repartee\[piper\]"):
        await PiperSynthesizer(net).open()
