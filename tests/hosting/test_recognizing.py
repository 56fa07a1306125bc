"""A recording reaches the recogniser at its rate, and nobody waits for it for ever."""

import asyncio

import numpy as np
import pytest

from hosting.house import PatientEars, wav
from repartee.engines.fake import FakeRecognizer
from repartee.engines.protocols import EngineError, Words
from repartee.hosting.recognizing import recognize, resampler
from repartee.protocol.prompt import Hints
from repartee.speech.wav import parse


async def ignore(_: Words) -> None:
    """Nothing is to be done."""


@pytest.mark.parametrize("rate", [1_000, 8_000, 11_025, 16_000, 22_051, 44_100, 47_999, 384_000])
async def test_any_rate(rate: int) -> None:
    ears = PatientEars()
    with pytest.raises(EngineError, match="longer"):
        await recognize(parse(wav(1.5, rate)), ears, Hints(), -1.45, ignore)
    whole = FakeRecognizer()
    words = await recognize(parse(wav(1.5, rate)), whole, Hints(), 60, ignore)
    assert words.text == "I heard 1.5 seconds of sound"
    assert ears.stopped.is_set()


@pytest.mark.parametrize("rate", [22_051, 9_973])
def test_odd_rates_keep_their_pitch(rate: int) -> None:
    (pcm,) = parse(wav(1.0, rate)).pieces()
    resample = resampler(rate, 16_000)
    sound = np.frombuffer(resample(pcm) + resample.flush(), "<i2")
    assert len(sound) == pytest.approx(16_000, abs=1)
    assert np.abs(np.fft.rfft(sound)).argmax() == pytest.approx(440, abs=1)


async def test_hypotheses_are_told() -> None:
    told: list[str] = []

    async def tell(words: Words) -> None:
        told.append(words.text)

    ears = FakeRecognizer("One two three four.")
    final = await recognize(parse(wav(2.0)), ears, Hints(), 60, tell)
    assert final.final
    assert told
    assert final.text.startswith(told[0])


async def test_ears_without_an_end() -> None:
    class Speechless:
        rate = 16_000

        async def recognize(self, audio: object, hints: Hints):  # type: ignore[no-untyped-def]
            await asyncio.sleep(0)
            yield Words("half")

    with pytest.raises(EngineError, match="without a transcript"):
        await recognize(parse(wav()), Speechless(), Hints(), 60, ignore)
