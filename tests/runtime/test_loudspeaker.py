"""An agent whose loudspeaker stands beside the microphone: it hears the user, and not itself."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import numpy as np
import pytest

import recordings
from beside import RecordedVoice, sit_beside
from client_double import LOUD, ClientDouble, EngineDouble, conversation
from recordings import RATE, Samples
from repartee.engines.fake import FakeVad
from repartee.engines.protocols import EchoCanceller
from repartee.engines.silero import SileroVad
from repartee.engines.webrtc_echo import WebRTCEchoCanceller
from repartee.protocol.audio import size
from repartee.protocol.config import Audio, AudioInput, Config, ServerVad
from repartee.runtime.driver import Driver
from repartee.runtime.engines import Engines
from repartee.runtime.ids import session_ids
from repartee.session.bounds import Bounds
from repartee.speech.codec import decode
from repartee.speech.listener import SpeechDetector
from repartee.speech.patience import Patience
from rooms import Room
from virtual_time import run

SAID = "input_audio_buffer.speech_started"
NOBODY = np.zeros(0, np.int16)


def engines(echo: EchoCanceller | None) -> EngineDouble:
    """An agent that says eight seconds of recorded speech, and hears with the real net."""
    clips = [recordings.read(name) for name in ("librivox_austen_0890", "jfk")]
    made = EngineDouble(voice=RecordedVoice(np.concatenate(clips)[: 8 * RATE]))
    made.detector = SpeechDetector(SileroVad(), echo)
    return made


def interruptions(client: ClientDouble) -> int:
    return sum(event["type"] == SAID for event in client.events)


async def listened_to(echo: EchoCanceller | None, user: Samples = NOBODY) -> ClientDouble:
    """A client that has asked for the answer twice, and the user speaks during the second."""
    async with conversation(engines(echo)) as client:
        client.say("response.create")
        await sit_beside(client, Room(), NOBODY, 9)
        client.say("response.create")
        await sit_beside(client, Room(), user, 9)
    return client


def test_an_agent_that_hears_itself_interrupts_itself() -> None:
    assert interruptions(run(listened_to(None))) > 1


def test_with_its_echo_cancelled_it_does_not() -> None:
    client = run(listened_to(WebRTCEchoCanceller()))
    assert interruptions(client) == 0
    assert sum(event["type"] == "response.done" for event in client.events) == 2


def test_who_speaks_over_the_agent_interrupts_it_all_the_same() -> None:
    words = recordings.read("ls_other_1688-142285-0003")
    user = np.concatenate([np.zeros(3 * RATE, np.int16), words])
    client = run(listened_to(WebRTCEchoCanceller(), user))
    started = [event for event in client.events if event["type"] == SAID]
    assert started
    assert 11_500 < started[0]["audio_start_ms"] < 13_500


class Far:
    """A canceller that only remembers what was played."""

    def __init__(self) -> None:
        self.played = b""

    def stream(self) -> "Far":
        return self

    def cancel(self, near: bytes, far: bytes) -> bytes:
        self.played += far
        return near


def hearing(far: Far) -> EngineDouble:
    made = EngineDouble()
    made.detector = SpeechDetector(FakeVad(), far)
    return made


def sent(client: ClientDouble) -> bytes:
    deltas = [e["delta"] for e in client.events if e["type"] == "response.output_audio.delta"]
    return b"".join(map(base64.b64decode, deltas))


async def sound_follows(client: ClientDouble, pcm: bytes) -> None:
    """The client sends sound, and the tick comes in which it is heard."""
    client.append(pcm)
    await asyncio.sleep(0.1)


def test_what_was_sent_is_played_from_then_on() -> None:
    async def play() -> None:
        far = Far()
        async with conversation(hearing(far)) as client:
            await sound_follows(client, bytes(size(320)))
            client.say("response.create")
            await client.until("response.done")
            await sound_follows(client, bytes(size(640)))
            assert far.played == bytes(size(320)) + sent(client)[: size(640)]

    run(play())


def test_an_answer_in_a_format_of_its_own_is_understood() -> None:
    async def play() -> None:
        far = Far()
        async with conversation(hearing(far)) as client:
            audio = {"output": {"format": {"type": "audio/pcmu"}}}
            client.say("response.create", response={"audio": audio})
            await client.until("response.done")
            await sound_follows(client, bytes(size(640)))
            wanted = decode(sent(client), "audio/pcmu")
            ours, theirs = (np.frombuffer(pcm, np.int16)[:9_600] for pcm in (far.played, wanted))
            assert np.corrcoef(ours[30:], theirs[:-30])[0, 1] > 0.99

    run(play())


async def _truncated(client: ClientDouble) -> None:
    item = (await client.until("response.output_item.done"))["item"]["id"]
    client.say("conversation.item.truncate", item_id=item, content_index=0, audio_end_ms=100)
    await client.until("conversation.item.truncated")


async def _interrupted(client: ClientDouble) -> None:
    client.append(LOUD * 10)
    await client.until(SAID)


@pytest.mark.parametrize(
    ("stop", "interrupts", "stops"),
    [(_truncated, True, True), (_interrupted, True, True), (_interrupted, False, False)],
    ids=["truncated", "interrupted", "not interrupted"],
)
def test_what_is_not_played_has_no_echo(stop: Any, interrupts: bool, stops: bool) -> None:
    async def play() -> None:
        far = Far()
        detection = ServerVad(interrupt_response=interrupts)
        config = Audio(input=AudioInput(turn_detection=detection))
        async with conversation(hearing(far), audio=config) as client:
            client.say("response.create")
            await client.until("response.done")
            await stop(client)
            await asyncio.sleep(0.1)
            far.played = b""
            await sound_follows(client, LOUD * 10)
            assert (far.played.strip(b"\0") == b"") is stops

    run(play())


class Phone:
    """Plays what it is given."""

    def __init__(self) -> None:
        self.played = b""

    def play(self, pcm: bytes) -> None:
        self.played += pcm

    def hush(self) -> None:
        self.played += b"hushed"

    def duck(self, softly: bool) -> None:
        """As loud as before."""


@asynccontextmanager
async def call(far: Far, phone: Phone) -> AsyncIterator[ClientDouble]:
    """A client whose sound is played by `phone`, and to which an answer has been given."""
    client = ClientDouble()
    driver = Driver(
        Config(id="sess_1", expires_at=3600),
        client,
        cast("Engines", hearing(far)),
        new_id=session_ids(bytes(16)),
        bounds=Bounds(),
        patience=Patience(),
        speaker=phone,
    )
    running = asyncio.create_task(driver.run())
    await client.until("session.created")
    client.say("response.create")
    await client.until("response.done")
    yield client
    client.leave()
    await running


def test_what_a_call_plays_may_come_back_as_well() -> None:
    async def play() -> None:
        far, phone = Far(), Phone()
        async with call(far, phone) as client:
            await sound_follows(client, bytes(size(320)))
            assert far.played == phone.played[: size(320)]
            await _interrupted(client)
            await asyncio.sleep(0.1)
            far.played = b""
            await sound_follows(client, LOUD * 10)
            assert far.played.strip(b"\0") == b""
            assert phone.played.endswith(b"hushed")

    run(play())


def test_what_a_call_goes_on_playing_comes_back_whatever_becomes_of_its_item() -> None:
    async def play() -> None:
        far, phone = Far(), Phone()
        async with call(far, phone) as client:
            await _truncated(client)
            await sound_follows(client, bytes(size(320)))
            assert far.played == phone.played[: size(320)]

    run(play())
