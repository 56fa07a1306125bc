"""Pauses are asked about while the turn goes on; each is answered, once."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from engines.speech import tone
from repartee.conformance.engines.checks import SourceFailed, failing, source
from repartee.engines.protocols import EngineError, Words
from repartee.engines.transcription_endpoint.guesses import collected
from repartee.engines.transcription_endpoint.turn import Turn

RATE = 16_000
SPEECH, PAUSE = tone(96, RATE), b""
HEARD = Words("Yes.", 4, final=True)
COMPLETE = Words("Yes.", complete=True)


class Listening:
    """Sound that comes when a test says so, and a request that is answered likewise."""

    def __init__(self) -> None:
        self.turn = Turn(RATE)
        self.asked: list[int] = []  # the length of the turn, ms
        self.answer: asyncio.Future[Words] = asyncio.get_running_loop().create_future()
        self.found: list[Words] = []
        self.task = asyncio.create_task(self._listen())
        self._sound: asyncio.Queue[bytes | None] = asyncio.Queue()

    async def hear(self, *chunks: bytes | None) -> None:
        """Let this sound come, and everything run that can."""
        for chunk in chunks:
            self._sound.put_nowait(chunk)
        for _ in range(100):
            await asyncio.sleep(0)

    async def _listen(self) -> None:
        async for words in collected(self._audio(), self.turn, self._ask):
            self.found.append(words)

    async def _audio(self) -> AsyncIterator[bytes]:
        while (chunk := await self._sound.get()) is not None:
            yield chunk

    async def _ask(self) -> Words:
        self.asked.append(self.turn.ms)
        return await self.answer


async def test_nobody_is_asked_without_a_pause() -> None:
    listening = Listening()
    await listening.hear(SPEECH, SPEECH, None)
    assert listening.task.done()
    assert listening.asked == []
    assert listening.turn.ms == 192


async def test_a_pause_is_asked_about_while_the_turn_goes_on() -> None:
    listening = Listening()
    await listening.hear(SPEECH, PAUSE, SPEECH, SPEECH)
    assert listening.turn.ms == 3 * 96
    assert listening.found == []
    listening.answer.set_result(HEARD)
    await listening.hear()
    assert listening.found == [COMPLETE]
    await listening.hear(SPEECH, PAUSE, SPEECH, None)
    assert listening.found == [COMPLETE, COMPLETE]
    assert listening.asked == [96, 4 * 96]
    assert listening.task.done()


async def test_an_answer_that_comes_after_the_turn_is_waited_for() -> None:
    listening = Listening()
    await listening.hear(SPEECH, PAUSE, SPEECH, None)
    assert not listening.task.done()
    listening.answer.set_result(HEARD)
    await listening.task
    assert listening.found == [COMPLETE]


@pytest.mark.parametrize("early", [True, False])
async def test_where_nothing_sounds_any_more_the_answer_is_the_final_one(early: bool) -> None:
    listening = Listening()
    await listening.hear(SPEECH, PAUSE, bytes(3200))
    if early:
        listening.answer.set_result(HEARD)
    await listening.hear(bytes(3200), None)
    if not early:
        listening.answer.set_result(HEARD)
    await listening.task
    assert listening.found == [COMPLETE, HEARD]


async def test_the_same_pause_is_answered_again_and_asked_about_once() -> None:
    listening = Listening()
    listening.answer.set_result(HEARD)
    await listening.hear(SPEECH, PAUSE, bytes(3200), PAUSE, None)
    assert listening.found == [COMPLETE, COMPLETE, HEARD]
    assert listening.asked == [96]


async def test_an_answer_that_fails_is_none() -> None:
    listening = Listening()
    await listening.hear(SPEECH, PAUSE)
    listening.answer.set_exception(EngineError("busy"))
    await listening.hear(SPEECH, None)
    assert listening.found == []
    assert listening.task.done()
    assert listening.turn.ms == 192


async def test_a_fault_of_ours_is_no_failed_answer() -> None:
    listening = Listening()
    await listening.hear(SPEECH, PAUSE)
    listening.answer.set_exception(LookupError("ours"))
    with pytest.raises(LookupError):
        await listening.task


async def test_a_failure_of_the_sound_comes_through_and_ends_the_request() -> None:
    answer: asyncio.Future[Words] = asyncio.get_running_loop().create_future()

    async def ask() -> Words:
        return await answer

    with pytest.raises(SourceFailed):
        assert [each async for each in collected(failing([SPEECH, PAUSE]), Turn(RATE), ask)] == []
    assert answer.cancelled()


async def test_closing_ends_the_request() -> None:
    listening = Listening()
    await listening.hear(SPEECH, PAUSE)
    listening.task.cancel()
    await asyncio.wait([listening.task])
    assert listening.answer.cancelled()
    assert [each async for each in collected(source([]), Turn(RATE), listening._ask)] == []
