"""Every rule for voices catches one that breaks it."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest

from repartee.conformance.engines import Check, judge, voices
from repartee.conformance.engines.checks import SourceFailed
from repartee.engines.fake import FakeSynthesizer
from repartee.engines.protocols import Speech
from repartee.protocol.prompt import VoiceChoice
from repartee.speech.stretch import Pacer


class Voice(FakeSynthesizer):
    """A good voice, whose work is spoilt in the given way."""

    def __init__(self, fault: str) -> None:
        super().__init__(ms_per_character=600 if fault == "drawls" else 10)
        self._spoilt = fault
        self._speaking = 0

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        self._speaking += 1
        try:
            async with aclosing(super().speak(self._read(text), voice)) as spoken:
                async for speech in spoken:
                    for spoilt in self._spoil(speech):
                        yield spoilt
        except SourceFailed:
            if self._spoilt != "swallows failures":
                raise
        finally:
            self._speaking -= 1
            if self._spoilt == "stops slowly":
                await asyncio.sleep(0.7)
        if self._spoilt == "hums":
            yield Speech(bytes(9600))

    async def _read(self, text: AsyncIterator[str]) -> AsyncGenerator[str, None]:
        if self._spoilt == "waits for everything":
            text = _list([piece async for piece in text])
        async for piece in text:
            if self._spoilt == "knows ASCII":
                piece.encode("ascii")
            if self._spoilt == "wants words" and not piece.strip(" \n…"):
                raise ValueError("nothing to say")
            yield piece

    def _spoil(self, speech: Speech) -> list[Speech]:
        match self._spoilt:
            case "strips":
                return [Speech(speech.pcm, speech.text.strip())]
            case "halves samples":
                return [Speech(speech.pcm + b"\0", speech.text)]
            case "lags":
                return [Speech(b"", speech.text), Speech(speech.pcm)]
            case "runs ahead":
                return [Speech(speech.pcm), Speech(b"", speech.text)]
            case "is confused by company" if self._speaking > 1:
                return [Speech(speech.pcm * 2, speech.text)]
            case "blocks" if speech.text == "fox ":
                begun = time.thread_time()
                while time.thread_time() - begun < 0.03:
                    pass
        return [speech]


class Choosy(FakeSynthesizer):
    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        raise KeyError(voice.name)
        yield


class Hasty(FakeSynthesizer):
    """Says that it paces, and does so by `haste` too much; 1 is right."""

    paces = True

    def __init__(self, haste: float) -> None:
        super().__init__()
        self._haste = haste

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        pace = Pacer(self.rate, voice.speed * self._haste if voice.speed > 1 else voice.speed)
        async for speech in super().speak(text, voice):
            for paced in pace(speech):
                yield paced
        for paced in pace.flush():
            yield paced


class Low(FakeSynthesizer):
    rate = 400


async def _list(pieces: list[str]) -> AsyncIterator[str]:
    for piece in pieces:
        yield piece


@pytest.mark.parametrize(
    ("check", "engine", "problem"),
    [
        (voices.states_its_rate, Low(), "its rate is 400 Hz"),
        (voices.gives_sound, Voice("halves samples"), "half a sample too much"),
        (voices.gives_sound, Voice("drawls"), "a sentence of nine words took 26"),
        (voices.gives_sound, FakeSynthesizer(ms_per_character=1), "took 0.04 s"),
        (voices.gives_sound_with_its_words, Voice("lags"), "it gave empty sound and then more"),
        (
            voices.gives_sound_with_its_words,
            Voice("runs ahead"),
            "it gave empty sound and then more",
        ),
        (voices.speaks_any_text, Voice("strips"), "it says it spoke"),
        (voices.speaks_any_text, Voice("knows ASCII"), "it raised UnicodeEncodeError"),
        (voices.takes_white_space, Voice("wants words"), "it raised ValueError (nothing to say)"),
        (voices.takes_no_text, Voice("hums"), "it spoke 0.20 s of nothing"),
        (voices.speaks_before_all_is_written, Voice("waits for everything"), "it took more than"),
        (voices.speaks_before_all_is_written, Voice("strips"), "it says it spoke"),
        (voices.takes_any_voice, Choosy(), "it raised KeyError ('no such voice')"),
        (voices.keeps_the_pace, Hasty(1.3), "at speed 1.5 it spoke at 1.9"),
        (voices.stops_when_cancelled, Voice("stops slowly"), "it went on for more than"),
        (voices.stops_when_closed, Voice("stops slowly"), "it went on for more than"),
        (voices.passes_on_failures, Voice("swallows failures"), "it swallowed the failure"),
        (voices.serves_many_at_once, Voice("is confused by company"), "in company"),
        (voices.leaves_the_loop_free, Voice("blocks"), "it held up the event loop for"),
    ],
)
async def test_what_breaks_a_rule(check: Check, engine: Any, problem: str) -> None:
    assert problem in await judge(check, engine, patience_s=2)


@pytest.mark.parametrize("engine", [Hasty(1.0), FakeSynthesizer()])
async def test_who_keeps_the_pace_and_who_need_not(engine: Any) -> None:
    assert not await judge(voices.keeps_the_pace, engine, patience_s=2)
