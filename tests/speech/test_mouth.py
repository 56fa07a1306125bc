"""What is spoken, at every speed: how long it is, where its words begin, and at which pitch."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np
import pytest

from engines.acoustics import Samples, pitches, samples
from repartee.engines.espeak.synthesizer import EspeakSynthesizer
from repartee.engines.fake import FakeSynthesizer
from repartee.engines.protocols import Speech
from repartee.protocol.audio import Encoding
from repartee.protocol.prompt import Prompt, VoiceChoice
from repartee.session.commands import Reply
from repartee.session.inputs import Sounded
from repartee.speech.responder import Mouth
from virtual_time import run

TEXT = "One, two and three; four five. Six seven, and eight of them."
SPEEDS = (0.25, 0.5, 1.0, 1.25, 1.5)
RATE = 24_000

at_any_speed = pytest.mark.parametrize("speed", SPEEDS)


class Listening:
    """Passes on what a voice says, and keeps it, and how it was asked to say it."""

    def __init__(self, voice: Any, paces: bool = False) -> None:
        self.rate: int = voice.rate
        self.paces = paces
        self.choice: VoiceChoice | None = None
        self.spoken: list[Speech] = []
        self._voice = voice

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        self.choice = voice
        async for speech in self._voice.speak(text, voice):
            self.spoken.append(speech)
            yield speech

    @property
    def ms(self) -> float:
        return sum(len(speech.pcm) for speech in self.spoken) * 500 / self.rate

    def marks(self) -> list[tuple[str, float]]:
        return _marks([(each.text, len(each.pcm) * 500 / self.rate) for each in self.spoken])


def _marks(told: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Each word, with the millisecond of its first character."""
    begun, found = 0.0, list[tuple[str, float]]()
    for text, ms in told:
        if text:
            found.append((text, begun))
        begun += ms
    return found


async def _spoken(
    voice: Any, speed: float, encoding: Encoding = "audio/pcm", text: str = TEXT
) -> list[Sounded]:
    told: list[Any] = []

    async def tell(fact: Any) -> None:
        told.append(fact)

    reply = Reply("resp_1", Prompt(()), VoiceChoice("ash", speed=speed), encoding)
    async with asyncio.TaskGroup() as group:
        mouth = Mouth(reply, voice, 5.0, tell)
        mouth.start(group)
        await mouth.say(text)
        await mouth.finish()
    return told


def check_places(told: list[Sounded], voice: Listening, speed: float) -> None:
    """The text, each of its words and the end are where the voice has them, but for the speed."""
    assert "".join(fact.text for fact in told) == TEXT
    assert sum(fact.ms for fact in told) == pytest.approx(voice.ms / speed, abs=0.1)
    found, natural = _marks([(fact.text, fact.ms) for fact in told]), voice.marks()
    assert [text for text, _ in found] == [text for text, _ in natural]
    for (_, place), (_, usual) in zip(found, natural, strict=True):
        assert place == pytest.approx(usual / speed, abs=3)  # the resampler holds back 2.5


def check_sound(told: list[Sounded], voice: Listening) -> None:
    """It is the voice's own, and its first portion is short."""
    assert b"".join(fact.audio for fact in told) == b"".join(each.pcm for each in voice.spoken)
    assert told[0].ms == 40


def sound_of(told: list[Sounded]) -> Samples:
    return samples(b"".join(fact.audio for fact in told))


@at_any_speed
@pytest.mark.parametrize("encoding", ["audio/pcm", "audio/pcmu"])
@pytest.mark.parametrize("rate", [8_000, 22_050, 24_000])
def test_words_begin_where_they_would_divided_by_the_speed(
    rate: int, encoding: Encoding, speed: float
) -> None:
    fake = FakeSynthesizer()
    fake.rate = rate
    voice = Listening(fake)
    told = run(_spoken(voice, speed, encoding))
    check_places(told, voice, speed)


@at_any_speed
def test_a_voice_is_asked_for_its_usual_pace(speed: float) -> None:
    voice = Listening(FakeSynthesizer())
    run(_spoken(voice, speed))
    assert voice.choice == VoiceChoice("ash", speed=1.0)


@at_any_speed
def test_a_voice_that_paces_itself_is_left_alone(speed: float) -> None:
    voice = Listening(FakeSynthesizer(), paces=True)
    told = run(_spoken(voice, speed))
    assert voice.choice == VoiceChoice("ash", speed=speed)
    check_places(told, voice, 1.0)
    check_sound(told, voice)


def test_the_usual_speed_leaves_the_sound_as_it_is() -> None:
    voice = Listening(FakeSynthesizer())
    check_sound(run(_spoken(voice, 1.0)), voice)


class Monologue:
    """A voice that gives ten seconds in one go."""

    rate = RATE

    async def speak(self, text: AsyncIterator[str], voice: Any) -> AsyncGenerator[Speech, None]:
        async for piece in text:
            yield Speech(bytes(2 * RATE * 10), piece)


async def test_the_loop_turns_while_long_sound_is_stretched() -> None:
    turns = 0

    async def watch() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    told = await _spoken(Monologue(), 0.25, text="Long.")
    watching.cancel()
    assert sum(fact.ms for fact in told) == 40_000
    assert turns >= 40


@pytest.mark.parametrize("speed", [0.25, 1.0, 1.5])
async def test_a_real_voice_keeps_its_pitch(speed: float) -> None:
    espeak = EspeakSynthesizer()
    await espeak.open()
    try:
        voice = Listening(espeak)
        told = await _spoken(voice, speed)
    finally:
        await espeak.close()
    check_places(told, voice, speed)
    times = np.arange(0, voice.ms / 1000, 0.02)
    usual = samples(b"".join(speech.pcm for speech in voice.spoken))
    before = pitches(usual, voice.rate, times)
    after = pitches(sound_of(told), RATE, times / speed)
    kept = np.abs(after / before - 1)
    assert np.isfinite(kept).mean() > 0.3
    assert np.nanmedian(kept) < 0.02
