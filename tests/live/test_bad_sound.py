"""Sound as it should not be, over the wire: sensible turns, nothing lost, and the session goes on.

More of it, in media time, stands in tests/speech/test_bad_sound.py.
"""

import base64
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import pytest

from live.caller import Caller, calling
from microphone import Microphone, chunks, spoken_part
from recordings import RATE, Samples, read, resampled

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CLIP = "ls_other_367-130732-0001"
MIB = 1024 * 1024
UNANSWERED = {"type": "server_vad", "create_response": False}


def room() -> Microphone:
    """A sentence, and the silence that ends its turn."""
    heard = Microphone(5.0)
    heard.speak(0.5, spoken_part(read(CLIP)))
    return heard


def with_offset() -> Samples:
    heard = room()
    heard.offset(0.3)
    return heard.sound()


def clipped() -> Samples:
    heard = room()
    heard.overdrive(30)
    return heard.sound()


def with_gaps() -> Samples:
    heard = room()
    for gap in np.arange(0.8, 3.0, 0.4):
        heard.mute(gap, gap + 0.06)
    return heard.sound()


def white_noise() -> Samples:
    heard = Microphone(6.0)
    heard.hiss(-10)
    return heard.sound()


def at_8_khz() -> Samples:
    fast = resampled(read(CLIP), RATE, 8_000)
    return np.concatenate([fast, np.zeros(2 * RATE, np.int16)])


async def send(caller: Caller, pieces: Iterable[bytes]) -> None:
    for piece in pieces:
        audio = base64.b64encode(piece).decode()
        await caller.connection.input_audio_buffer.append(audio=audio)


async def assert_nothing_lost(caller: Caller, sound: Samples) -> None:
    """What the server keeps of each turn is, to the sample, what was sent between its edges."""
    started = caller.all("input_audio_buffer.speech_started")
    stopped = caller.all("input_audio_buffer.speech_stopped")
    committed = [each.item_id for each in caller.all("input_audio_buffer.committed")]
    assert [each.item_id for each in started] == [each.item_id for each in stopped] == committed
    for first, last in zip(started, stopped, strict=True):
        begin, end = (ms * RATE // 1000 for ms in (first.audio_start_ms, last.audio_end_ms))
        assert np.array_equal(await kept(caller, first.item_id), sound[begin:end])
    assert not caller.all("error")


async def kept(caller: Caller, item_id: str) -> Samples:
    await caller.connection.conversation.item.retrieve(item_id=item_id)
    item = (await caller.until("conversation.item.retrieved")).item
    return np.frombuffer(base64.b64decode(item.content[0].audio), np.int16)


@pytest.mark.parametrize(
    ("bad", "turns"),
    [
        (with_offset, (1,)),
        (clipped, (1,)),
        (with_gaps, (1,)),
        (white_noise, (0,)),
        (at_8_khz, (0, 1)),
    ],
)
async def test_bad_sound_makes_sensible_turns_and_good_sound_after_it_one_more(
    url: str, bad: Callable[[], Samples], turns: tuple[int, ...]
) -> None:
    async with calling(url) as caller:
        await caller.update(audio={"input": {"turn_detection": UNANSWERED}})
        sound = bad()
        await caller.speak(sound)
        await caller.update()
        made = len(caller.all("input_audio_buffer.committed"))
        assert made in turns
        good = room().sound()
        await caller.speak(good)
        await caller.update()
        assert len(caller.all("input_audio_buffer.committed")) == made + 1
        await assert_nothing_lost(caller, np.concatenate([sound, good]))


@pytest.mark.parametrize("samples", [1, 10 * RATE, (1, 7, 7_919)], ids=str)
async def test_pieces_of_any_size_make_one_turn(url: str, samples: int | tuple[int, ...]) -> None:
    sound = room().sound()
    few = sound[: RATE // 10]  # a message for each sample is dear: not all of it comes so
    async with calling(url) as caller:
        await caller.update(audio={"input": {"turn_detection": UNANSWERED}})
        await send(caller, chunks(few, samples))
        await send(caller, chunks(sound[len(few) :], 480 if samples == 1 else samples))
        await caller.update()
        assert len(caller.all("input_audio_buffer.committed")) == 1
        await assert_nothing_lost(caller, sound)


async def test_a_turn_of_the_client_takes_15_mib_and_what_was_taken_is_kept(url: str) -> None:
    loud: Any = np.resize(np.arange(1, 30_001, dtype=np.int16), 15 * MIB // 2)
    async with calling(url) as caller:
        await caller.update(audio={"input": {"turn_detection": None}})
        await send(caller, chunks(loud, MIB // 2))
        await send(caller, [b"\x05\x00"])
        refused = (await caller.until("error")).error
        assert "15" in refused.message
        await caller.connection.input_audio_buffer.commit()
        item_id = (await caller.until("input_audio_buffer.committed")).item_id
        assert np.array_equal(await kept(caller, item_id), loud)
        assert len(caller.all("error")) == 1
        await send(caller, [loud[:RATE].tobytes()])
        await caller.connection.input_audio_buffer.commit()
        await caller.until("conversation.item.done")
        assert len(caller.all("input_audio_buffer.committed")) == 2
