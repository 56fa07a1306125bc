"""The user's sound on its way to words."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any

import numpy as np
import pytest

from repartee.engines.protocols import EngineError, Word, Words
from repartee.protocol.audio import Encoding
from repartee.protocol.prompt import Hints
from repartee.session.inputs import Transcribed
from repartee.speech import g711
from repartee.speech.g711 import Law
from repartee.speech.resample import Resampler
from repartee.speech.transcriber import Transcriber
from virtual_time import run


class Counting:
    """Ears at 16 kHz that count milliseconds, and need `delay` seconds for the last words.

    Of these they give `hesitant` hypotheses, `delay` seconds apart, before they settle.
    """

    rate = 16_000

    def __init__(self, delay: float = 0, *, final: bool = True, hesitant: int = 0) -> None:
        self._hesitant = hesitant
        self._delay = delay
        self._final = final
        self.hints: Hints | None = None

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        self.hints = hints
        heard = 0
        async for chunk in audio:
            heard += len(chunk)
            yield Words(f"{heard // 32} ms", stable=1)
        for _ in range(self._hesitant):
            await asyncio.sleep(self._delay)
            yield Words("well")
        await asyncio.sleep(self._delay)
        if self._final:
            yield Words(f"{heard / 32:g} ms", final=True, words=(Word("ms", -0.5, 0, 10),))


async def _transcribe(
    ears: Any, *sounds: bytes, encoding: Encoding = "audio/pcm"
) -> list[Transcribed]:
    told: list[Transcribed] = []

    async def tell(fact: Transcribed) -> None:
        told.append(fact)

    transcriber = Transcriber("item_1", ears, Hints(language="en"), 5)
    running = asyncio.create_task(transcriber.run(tell))
    for sound in sounds:
        transcriber.hear(sound, encoding)
        await asyncio.sleep(0)
    transcriber.settle()
    await running
    return told


def test_sound_comes_at_the_rate_the_ears_want() -> None:
    told = run(_transcribe(Counting(), bytes(4800), bytes(4800)))
    assert told[-1] == Transcribed("item_1", "200 ms", 6, True, (("ms", -0.5),))
    assert [fact.final for fact in told[:-1]] == [False] * (len(told) - 1)


@pytest.mark.parametrize("size", [2, 480, 4606, 4608, 4610, 10_000])
def test_all_sound_is_heard_however_little(size: int) -> None:
    """Sound is handed over in stretches; what is left of one goes when the turn ends."""
    told = run(_transcribe(Counting(), *[bytes(size)] * 3))
    assert float(told[-1].text.removesuffix(" ms")) == pytest.approx(3 * size / 48, abs=0.07)


class Keeping:
    """Ears that keep what they hear."""

    def __init__(self, rate: int) -> None:
        self.rate = rate
        self.heard = b""
        self.pauses = 0

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        async for chunk in audio:
            self.heard += chunk
            self.pauses += not chunk
        yield Words("so it was", final=True)


class Guessing(Keeping):
    """Ears that tell at a pause how much they have heard."""

    guesses = True

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        async for chunk in audio:
            self.heard += chunk
            if not chunk:
                yield Words(f"{len(self.heard)}", 1, words=(Word("a", -1, 0, 1),), complete=True)
        yield Words("", final=True)


async def _pause(ears: Any, *, still_s: float = 0) -> list[Transcribed]:
    """100 ms of sound, a pause of `still_s`, and as much sound again."""
    told: list[Transcribed] = []

    async def tell(fact: Transcribed) -> None:
        told.append(fact)

    transcriber = Transcriber("item_1", ears, Hints(), 5)
    running = asyncio.create_task(transcriber.run(tell))
    for _ in range(4):
        transcriber.hear(bytes(1200))
    transcriber.guess()
    await asyncio.sleep(still_s)
    transcriber.hear(bytes(4800))
    transcriber.settle()
    await running
    return told


def test_a_guess_is_asked_after_all_sound_so_far() -> None:
    ears = Guessing(16_000)
    guess, final = run(_pause(ears))
    assert guess.complete
    assert (guess.stable, guess.logprobs) == (1, (("a", -1),))
    assert 100 - int(guess.text) / 32 <= 1.25  # what the filter keeps
    assert final.final
    assert not final.complete
    assert len(ears.heard) == 32 * 200


def test_ears_that_do_not_guess_are_not_asked() -> None:
    ears = Keeping(16_000)
    assert [fact.final for fact in run(_pause(ears))] == [True]
    assert (len(ears.heard), ears.pauses) == (32 * 200, 0)


def test_a_guess_starts_no_deadline() -> None:
    guess, final = run(_pause(Guessing(16_000), still_s=60))
    assert guess.complete
    assert final.final


def test_what_was_asked_before_the_last_pause_is_no_guess_at_it() -> None:
    """Ears are still busy with one pause when the next one comes: they are asked anew."""

    class Slow(Guessing):
        async def recognize(
            self, audio: AsyncIterator[bytes], hints: Hints
        ) -> AsyncGenerator[Words, None]:
            async for words in super().recognize(audio, hints):
                await asyncio.sleep(1)
                yield words

    async def play() -> list[Transcribed]:
        told: list[Transcribed] = []

        async def tell(fact: Transcribed) -> None:
            told.append(fact)

        transcriber = Transcriber("item_1", Slow(16_000), Hints(), 5)
        running = asyncio.create_task(transcriber.run(tell))
        for _ in range(2):
            transcriber.hear(bytes(4800))
            transcriber.guess()
            await asyncio.sleep(0.5)
        await asyncio.sleep(5)
        transcriber.settle()
        await running
        return told

    outdated, guess, final = run(play())
    assert (outdated.complete, guess.complete, final.final) == (False, True, True)
    assert int(guess.text) > int(outdated.text)


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
@pytest.mark.parametrize("rate", [8_000, 16_000])
def test_telephone_sound_is_decoded(law: Law, rate: int) -> None:
    codes = np.random.default_rng(1).integers(0, 256, 3_000, np.uint8).tobytes()
    ears = Keeping(rate)
    run(_transcribe(ears, codes[:1_001], codes[1_001:], encoding=law))
    resample = Resampler(8_000, rate)
    assert ears.heard == resample(g711.decode(codes, law).tobytes()) + resample.flush()


def test_the_deadline_begins_anew_with_each_hypothesis() -> None:
    told = run(_transcribe(Counting(delay=4, hesitant=3), bytes(4800)))
    assert told[-1].final


def test_hints_reach_the_ears() -> None:
    ears = Counting()
    run(_transcribe(ears))
    assert ears.hints == Hints(language="en")


def test_a_transcript_that_is_late_is_an_error() -> None:
    with pytest.raises(EngineError, match="no transcript within 5 s") as failure:
        run(_transcribe(Counting(delay=6), bytes(4800)))
    assert failure.value.code == "transcription_timeout"


def test_ears_that_end_without_a_transcript_are_an_error() -> None:
    with pytest.raises(EngineError, match="without a transcript"):
        run(_transcribe(Counting(final=False), bytes(4800)))


def test_no_deadline_runs_while_the_user_speaks() -> None:
    async def play() -> list[Transcribed]:
        told: list[Transcribed] = []

        async def tell(fact: Transcribed) -> None:
            told.append(fact)

        transcriber = Transcriber("item_1", Counting(), Hints(), 5)
        running = asyncio.create_task(transcriber.run(tell))
        await asyncio.sleep(60)
        transcriber.hear(bytes(4800))
        await asyncio.sleep(60)
        transcriber.settle()
        await running
        return told

    assert run(play())[-1].text == "100 ms"


def test_minutes_at_once_leave_others_their_turns() -> None:
    async def play() -> int:
        turns = 0
        running = asyncio.create_task(_transcribe(Counting(), bytes(48_000 * 60)))
        while not running.done():
            turns += 1
            await asyncio.sleep(0)
        assert running.result()[-1].text == "60000 ms"
        return turns

    assert run(play()) >= 60
