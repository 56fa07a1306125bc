"""The driver in virtual time: what is prepared while the silence that ends a turn still runs."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import pytest

from client_double import LOUD, SILENT, ClientDouble, EngineDouble, conversation
from repartee.engines.fake import FakeModel, FakeSynthesizer, FakeTurnDetector
from repartee.engines.protocols import Speech, Words
from repartee.protocol.config import Audio, AudioInput, SemanticVad
from repartee.protocol.prompt import Hints, VoiceChoice
from repartee.runtime.early import AHEAD_MS
from repartee.session.bounds import Bounds
from virtual_time import run

AHEAD = Bounds(guesses=True, foresees=True)
STOPPED, DELTA = "input_audio_buffer.speech_stopped", "response.output_audio.delta"


class Guesser:
    """Ears that answer each pause, after a while, with the same words."""

    rate = 16_000
    guesses = True

    def __init__(self, delay_s: float = 0.05) -> None:
        self._delay_s = delay_s
        self.pauses = 0

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        async for chunk in audio:
            if not chunk:
                self.pauses += 1
                await asyncio.sleep(self._delay_s)
                yield Words("How are you?", complete=True)
        await asyncio.sleep(self._delay_s)
        yield Words("How are you?", 12, final=True)


class Counting(FakeSynthesizer):
    """A voice that counts the milliseconds it has given."""

    given_ms = 0.0

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        async for speech in super().speak(text, voice):
            self.given_ms += len(speech.pcm) / 48
            yield speech


async def hear(client: ClientDouble, frame: bytes, count: int) -> None:
    """So many frames as time goes by."""
    for _ in range(count):
        client.append(frame)
        await asyncio.sleep(0.032)


async def lag(bounds: Bounds) -> float:
    """Seconds from the end of a turn to the first sound of its answer."""
    mind = FakeModel("Well, thank you for asking me.", pace_ms=20)
    async with conversation(EngineDouble(ears=Guesser(), mind=mind), bounds=bounds) as client:
        await hear(client, LOUD, 10)
        silence = asyncio.create_task(hear(client, SILENT, 40))
        await client.until(STOPPED)
        stopped = asyncio.get_running_loop().time()
        await client.until(DELTA)
        started = asyncio.get_running_loop().time()
        await client.until("response.done")
        await silence
    return started - stopped


def test_the_first_sound_leaves_with_the_end_of_the_turn() -> None:
    assert run(lag(AHEAD)) == 0
    assert run(lag(Bounds())) > 0.1


def test_no_more_than_a_beginning_is_made_in_vain() -> None:
    async def play() -> None:
        voice = Counting()
        engines = EngineDouble(ears=Guesser(), mind=FakeModel("So it was. " * 40), voice=voice)
        async with conversation(engines, bounds=AHEAD) as client:
            await hear(client, LOUD, 10)
            await hear(client, SILENT, 12)
            assert AHEAD_MS <= voice.given_ms < AHEAD_MS + 1_500
            await hear(client, LOUD, 1)
            wasted = voice.given_ms
            await hear(client, SILENT, 13)
            assert voice.given_ms > wasted, "it begins anew"
            await hear(client, SILENT, 20)
            response = (await client.until("response.done"))["response"]
            assert response["output"][0]["content"][0]["transcript"] == "So it was. " * 40

    run(play())


def test_ears_are_asked_once_for_each_pause_and_never_while_they_answer() -> None:
    async def play() -> None:
        ears = Guesser(delay_s=2.0)
        async with conversation(EngineDouble(ears=ears), bounds=AHEAD) as client:
            for _ in range(3):
                await hear(client, LOUD, 5)
                await hear(client, SILENT, 10)
            assert ears.pauses == 1
            await hear(client, SILENT, 60)
            await client.until("response.done")

    run(play())


@pytest.mark.parametrize(("probability", "silence_ms"), [(1.0, 128), (0.0, 2_000)])
def test_who_has_finished_is_answered_sooner(probability: float, silence_ms: int) -> None:
    async def play() -> None:
        engines = EngineDouble(turn=FakeTurnDetector(probability))
        vad = Audio(AudioInput(turn_detection=SemanticVad("high")))
        async with conversation(engines, audio=vad) as client:
            await hear(client, LOUD, 10)
            await hear(client, SILENT, 70)
            stopped = await client.until(STOPPED)
            assert 0 <= stopped["audio_end_ms"] - 320 - silence_ms <= 128
            await client.until("response.done")

    run(play())


def test_where_nobody_can_tell_turns_end_all_the_same() -> None:
    async def play() -> None:
        engines = EngineDouble(turn=FakeTurnDetector(fault="before"))
        vad = Audio(AudioInput(turn_detection=SemanticVad("high")))
        async with conversation(engines, audio=vad) as client:
            await hear(client, LOUD, 10)
            await hear(client, SILENT, 20)
            await client.until("response.done")

    run(play())
