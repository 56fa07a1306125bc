"""A caller's sound, which comes beside events."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

from client_double import LOUD, SILENT, ClientDouble, EngineDouble
from repartee.protocol.audio import BUFFER_BYTES
from repartee.protocol.config import Audio, AudioInput, Config, Pcmu
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines
from repartee.runtime.ids import session_ids
from repartee.session.bounds import Bounds
from repartee.speech.codec import encode
from repartee.speech.patience import Patience
from virtual_time import run


class Phone:
    """Plays for nobody."""

    def play(self, pcm: bytes) -> None:
        """There is sound."""

    def hush(self) -> None:
        """There is no more."""

    def duck(self, softly: bool) -> None:
        """It is softer."""


@asynccontextmanager
async def calling(input: AudioInput) -> AsyncIterator[tuple[ClientDouble, Driver]]:
    client = ClientDouble()
    driver = Driver(
        Config(id="sess_1", expires_at=3600, audio=Audio(input)),
        client,
        cast("Engines", EngineDouble()),
        new_id=session_ids(bytes(16)),
        bounds=Bounds(),
        patience=Patience(),
        speaker=Phone(),
    )
    running = asyncio.create_task(driver.run())
    await client.until("session.created")
    yield client, driver
    client.leave()
    await running


def test_a_turn_needs_no_append() -> None:
    async def play() -> None:
        async with calling(AudioInput()) as (client, driver):
            driver.inlet.hear_sound(LOUD * 10 + SILENT * 20)
            done = await client.until("response.done")
            assert done["response"]["status"] == "completed"

    run(play())


async def _committed(client: ClientDouble) -> bytes:
    """The sound of the turn that is committed now."""
    client.say("input_audio_buffer.commit")
    item_id = (await client.until("input_audio_buffer.committed"))["item_id"]
    client.say("conversation.item.retrieve", item_id=item_id)
    item = (await client.until("conversation.item.retrieved"))["item"]
    return base64.b64decode(item["content"][0]["audio"])


def test_what_there_is_no_room_for_is_not_heard_and_nobody_is_told_each_time() -> None:
    async def play() -> None:
        async with calling(AudioInput(turn_detection=None)) as (client, driver):
            second = bytes(48_000)
            for _ in range(BUFFER_BYTES // len(second) + 10):
                driver.inlet.hear_sound(second)
            kept = await _committed(client)
            assert BUFFER_BYTES - len(second) < len(kept) <= BUFFER_BYTES
            assert not any(event["type"] == "error" for event in client.events)
            client.say("input_audio_buffer.clear")
            driver.inlet.hear_sound(LOUD * 10)
            client.say("input_audio_buffer.commit")
            await client.until("input_audio_buffer.committed", 2)

    run(play())


def test_a_format_of_the_session_is_one_of_its_appends_and_not_of_the_call() -> None:
    async def play() -> None:
        input = AudioInput(format=Pcmu(), turn_detection=None)
        async with calling(input) as (client, driver):
            driver.inlet.hear_sound(LOUD * 10)
            client.append(encode(LOUD * 10, "audio/pcmu"))
            told = len(await _committed(client))
            assert told == 2 * len(LOUD) * 10 // 6

    run(play())
