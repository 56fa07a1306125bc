"""What is over is freed at once: sound is large, and the garbage collector counts objects."""

import asyncio
import gc
from collections.abc import Iterator

import pytest

from client_double import LOUD, ClientDouble, Endless, EngineDouble, conversation
from repartee.runtime.driver import Driver
from repartee.speech.responder import Mouth, Responder
from repartee.speech.transcriber import Transcriber
from virtual_time import run


@pytest.fixture(autouse=True)
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def left(*kinds: type) -> list[str]:
    """What there is of these kinds, by name."""
    return [type(each).__name__ for each in gc.get_objects() if type(each) in kinds]


async def interrupted(client: ClientDouble) -> None:
    """Have an answer, and speak into it."""
    client.say("response.create")
    await client.until("response.output_audio.delta")
    client.append(LOUD * 3)
    await client.until("response.done")


def test_an_answer_that_was_interrupted() -> None:
    async def play() -> None:
        async with conversation(EngineDouble(mind=Endless())) as client:
            await interrupted(client)
            await asyncio.sleep(0.1)  # of virtual time
            assert left(Responder, Mouth) == []

    run(play())


def test_a_session_that_was_left_in_the_middle() -> None:
    async def play() -> None:
        async with conversation(EngineDouble(mind=Endless())) as client:
            await interrupted(client)
            client.say("input_audio_buffer.commit")
            client.say("response.create")
            await client.until("response.output_audio.delta", 2)
        assert left(Driver, Responder, Mouth, Transcriber) == []

    run(play())
