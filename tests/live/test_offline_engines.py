"""Human speech, heard and answered by the engines that come with the package."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import numpy as np
import pytest

import recordings
from live.caller import Caller, calling, encoded
from live.raw import connected, until
from live.relay import relaying, served
from live.server import Server, serving
from recordings import RATE, microphone, read, words_of
from repartee.engines.pocketsphinx.recognizer import TURNS

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

TRANSCRIBED = {"input": {"transcription": {"model": "whisper-1"}}}
CLIPS = {clip.name: clip.text for clip in recordings.clips()}


@pytest.fixture(scope="module")
def offline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    engines = ("--ears", "pocketsphinx", "--mind", "repartee-echo", "--voice", "espeak-ng")
    with serving(tmp_path_factory.mktemp("offline"), *engines) as server:
        yield server


@pytest.fixture
async def offline_url(offline: Server) -> AsyncIterator[str]:
    async with relaying(offline.url) as relayed:
        yield relayed


async def speak(caller: Caller, clip: str) -> None:
    words = read(clip)
    await caller.speak(microphone([(0.3, words)], 0.3 + len(words) / RATE))


@pytest.mark.parametrize("clip", ["librivox_austen_0890", "ls_other_1688-142285-0003"])
async def test_a_spoken_turn(offline_url: str, clip: str) -> None:
    async with calling(offline_url) as caller:
        await caller.update(audio=TRANSCRIBED)
        await speak(caller, clip)
        await caller.fall_silent()
        done = await caller.until("response.done")
        (transcript,) = caller.all("conversation.item.input_audio_transcription.completed")
        assert len(words_of(transcript.transcript) & words_of(CLIPS[clip])) >= 3
        assert done.response.output[0].content[0].transcript.endswith(transcript.transcript)
        assert_audible(caller.sound(), words=len(transcript.transcript.split()))


def assert_audible(sound: bytes, words: int) -> None:
    """Speech of a plausible length and level: neither silence, nor clipped, nor noise."""
    samples = np.frombuffer(sound, "<i2") / 32768
    seconds = len(samples) / RATE
    assert words / 6 < seconds < 5 + words
    assert 0.02 < np.sqrt(np.mean(samples**2)) < 0.4
    assert np.mean(np.abs(samples) > 0.99) < 0.001
    spectrum = np.abs(np.fft.rfft(samples)) ** 2
    frequencies = np.fft.rfftfreq(len(samples), 1 / RATE)
    assert spectrum[frequencies < 4000].sum() > 0.8 * spectrum.sum()


async def test_ears_at_work_do_not_keep_others_waiting(offline_url: str) -> None:
    async with calling(offline_url) as busy, calling(offline_url) as other:
        for each in (busy, other):
            await each.update(audio={"input": {"turn_detection": None}})
        started = time.monotonic()
        await speak(busy, "jfk")
        await busy.connection.input_audio_buffer.commit()
        await busy.connection.response.create(response={"output_modalities": ["text"]})
        heard = asyncio.create_task(busy.until("response.done"))
        asked = time.monotonic()
        assert (await other.ask("Hello?")).response.status == "completed"
        answered = time.monotonic()
        assert not heard.done()
        assert (await heard).response.status == "completed"
        assert answered - asked < (time.monotonic() - started) / 2


async def test_whoever_vanishes_in_mid_sentence_is_forgotten(offline_url: str) -> None:
    async with connected(offline_url) as connection:
        audio = encoded(read("librivox_austen_0890")[: 3 * RATE])
        await connection.send(json.dumps({"type": "input_audio_buffer.append", "audio": audio}))
        await until(connection, "input_audio_buffer.speech_started")
        connection.transport.abort()
    async with calling(offline_url) as caller:
        assert (await caller.ask("Hello?")).response.status == "completed"


async def test_a_turn_is_given_up_while_a_further_process_starts_for_it(tmp_path: Path) -> None:
    engines = ("--ears", "pocketsphinx", "--set", "ears.processes=2", "--voice", "fake")
    async with served(tmp_path, *engines) as url, AsyncExitStack() as stack:
        callers = [await stack.enter_async_context(calling(url)) for _ in range(TURNS + 1)]
        for caller in callers:  # all but the last fill the first process
            await caller.update(audio={"input": {"turn_detection": None}})
            await speak(caller, "lj_LJ001-0002")
            await caller.update()
        await callers[-1].connection.input_audio_buffer.clear()
        await callers[-1].until("input_audio_buffer.cleared")
        for caller in callers[:-1]:
            await caller.connection.input_audio_buffer.commit()
            await caller.connection.response.create(response={"output_modalities": ["text"]})
            assert (await caller.until("response.done")).response.status == "completed"
