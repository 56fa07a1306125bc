"""A guess is made at a pause, and withdrawn when speech goes on."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from engines.speech import tone
from repartee.conformance.engines.checks import SourceFailed, failing
from repartee.engines.protocols import EngineError, Words
from repartee.engines.transcription_endpoint.guess import Guess
from repartee.engines.transcription_endpoint.turn import Turn

RATE = 16_000
SPEECH, SILENCE, PAUSE = tone(96, RATE), bytes(96 * RATE // 500), b""


class Listening:
    """Sound that comes when a test says so, and requests that are answered likewise."""

    def __init__(self) -> None:
        self.turn = Turn(RATE)
        self.guess = Guess(self.turn, self._ask)
        self.asked: list[int] = []  # the length of the turn, ms
        self.withdrawn = 0
        self.answer: asyncio.Future[Words] = asyncio.get_running_loop().create_future()
        self.found: list[Words] = []
        self._sound: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._task = asyncio.create_task(self._listen())

    async def hear(self, *chunks: bytes | None) -> None:
        for chunk in chunks:
            self._sound.put_nowait(chunk)
        for _ in range(100):
            await asyncio.sleep(0)

    async def end(self) -> Words | None:
        await self.hear(None)
        await self._task
        return await self.guess.final()

    async def _listen(self) -> None:
        async for words in self.guess.listen(self._audio()):
            self.found.append(words)

    async def _audio(self) -> AsyncIterator[bytes]:
        while (chunk := await self._sound.get()) is not None:
            yield chunk

    async def _ask(self) -> Words:
        self.asked.append(self.turn.ms)
        try:
            return await asyncio.shield(self.answer)
        except asyncio.CancelledError:
            self.withdrawn += 1
            raise


HEARD = Words("Yes.", 4, final=True)
COMPLETE = Words("Yes.", 4, complete=True)


async def test_nobody_is_asked_without_a_pause() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SPEECH)
    assert await listening.end() is None
    assert listening.asked == []
    assert listening.found == []
    assert listening.turn.ms == 192


async def test_the_answer_at_a_pause_is_the_turns_where_only_silence_follows() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SILENCE, SILENCE, SILENCE, PAUSE)
    listening.answer.set_result(HEARD)
    await listening.hear(SILENCE)
    assert listening.found == [COMPLETE]
    assert await listening.end() == HEARD
    assert listening.asked == [384]


async def test_an_answer_that_comes_late_is_waited_for() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SILENCE, SILENCE, SILENCE, PAUSE, SILENCE)
    ending = asyncio.create_task(listening.end())
    await listening.hear()
    listening.answer.set_result(HEARD)
    assert await ending == HEARD
    assert listening.found == []


async def test_speech_withdraws_it() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SILENCE, SILENCE, SILENCE, PAUSE, SILENCE)
    assert listening.withdrawn == 0
    await listening.hear(SPEECH)
    assert listening.withdrawn == 1
    assert await listening.end() is None
    assert listening.found == []


async def test_each_pause_asks_anew() -> None:
    listening = Listening()
    pause = SILENCE, SILENCE, SILENCE, PAUSE
    await listening.hear(SPEECH, *pause, SPEECH, *pause)
    assert listening.asked == [384, 768]
    assert listening.withdrawn == 1
    await listening.guess.withdraw()
    assert listening.withdrawn == 2


async def test_the_same_pause_asks_once_and_is_answered_each_time() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SILENCE, SILENCE, SILENCE, PAUSE)
    listening.answer.set_result(HEARD)
    await listening.hear(SILENCE)
    await listening.hear(PAUSE)
    assert listening.found == [COMPLETE, COMPLETE]
    assert listening.asked == [384]


async def test_a_pause_before_any_sound_asks_nobody() -> None:
    listening = Listening()
    await listening.hear(PAUSE, SILENCE, PAUSE)
    assert await listening.end() is None
    assert listening.asked == []


async def test_a_guess_that_fails_is_none() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SILENCE, PAUSE)
    listening.answer.set_exception(EngineError("busy"))
    await listening.hear(SILENCE)
    assert await listening.end() is None
    assert listening.found == []


async def test_a_failure_of_the_sound_comes_through() -> None:
    guess = Guess(Turn(RATE), Listening()._ask)
    with pytest.raises(SourceFailed):
        assert [words async for words in guess.listen(failing([SPEECH]))] == []
