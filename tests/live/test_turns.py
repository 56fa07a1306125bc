"""When a turn begins and ends: by pauses, by silence, in noise, and while settings change."""

import base64
import time
from typing import Any

import numpy as np
import pytest

from live.caller import Caller, calling, encoded
from live.engine_sets import HEARD
from recordings import RATE, Samples, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

BYTES_PER_MS = 48
CLIPS = ("lj_LJ001-0002", "ls_other_367-130732-0001", "lj_LJ001-0002")
TRANSCRIBED = {"transcription": {"model": "whisper-1"}}


def seconds(sound: Samples) -> float:
    return len(sound) / RATE


def spoken(clip: str) -> Samples:
    """A sentence without the silence around it: what is 30 dB below its loudest 10 ms."""
    sound = read(clip)
    frames = sound[: len(sound) // 240 * 240].reshape(-1, 240)
    power = np.mean(np.square(frames, dtype=np.float64), axis=1)
    (loud,) = np.nonzero(power > power.max() / 1000)
    return sound[loud[0] * 240 : (loud[-1] + 1) * 240]


def with_pauses(*pauses_s: float) -> tuple[Samples, list[float]]:
    """Three sentences, silence after each; and where each sentence ends, in seconds."""
    placed, ends, place = [], [], 0.3
    for clip, pause in zip(CLIPS, pauses_s, strict=True):
        placed.append((place, spoken(clip)))
        ends.append(place + seconds(spoken(clip)))
        place = ends[-1] + pause
    return microphone(placed, place), ends


# Seconds of silence that end a turn, and the sentences after which there is one so long.
@pytest.mark.parametrize(
    ("eagerness", "pause_s", "last"),
    [("high", 0.5, (0, 1, 2)), ("medium", 1.0, (1, 2)), ("auto", 1.0, (1, 2)), ("low", 2.0, (2,))],
)
async def test_eagerness_tells_which_pauses_end_a_turn(
    url: str, eagerness: str, pause_s: float, last: tuple[int, ...]
) -> None:
    sound, ends = with_pauses(0.6, 1.4, 2.5)
    async with calling(url) as caller:
        vad = {"type": "semantic_vad", "eagerness": eagerness}
        session = (await caller.update(audio={"input": {"turn_detection": vad}})).session
        assert session.audio.input.turn_detection.eagerness == eagerness
        await caller.speak(sound)
        for _ in last:
            await caller.until("input_audio_buffer.committed")
        while len(caller.all("response.done")) < len(last):
            await caller.until("response.done")
    started = caller.all("input_audio_buffer.speech_started")
    stopped = caller.all("input_audio_buffer.speech_stopped")
    committed = caller.all("input_audio_buffer.committed")
    names = [[each.item_id for each in events] for events in (started, stopped, committed)]
    assert names[0] == names[1] == names[2]
    expected = [(ends[index] + pause_s) * 1000 for index in last]
    assert [each.audio_end_ms for each in stopped] == pytest.approx(expected, abs=350)
    assert caller.all("response.done")[-1].response.status == "completed"


async def test_digits_dictated_with_pauses(url: str) -> None:
    """Somebody who thinks between the digits of a number is let finish, if the client wants it."""
    words = read("fsdd_pauses_george")
    turns = {}
    for eagerness in ("low", "high"):
        vad = {"type": "semantic_vad", "eagerness": eagerness, "create_response": False}
        async with calling(url) as caller:
            await caller.update(audio={"input": {"turn_detection": vad}})
            await caller.speak(words)
            await caller.fall_silent(2.5)
            await caller.update()
            turns[eagerness] = len(caller.all("input_audio_buffer.committed"))
            last = caller.all("input_audio_buffer.speech_stopped")[-1]
            assert last.audio_end_ms < (seconds(words) + 2.5) * 1000
            assert "response.created" not in caller.kinds()
    assert turns["low"] == 1
    assert turns["high"] >= turns["low"]


async def test_semantic_detection_interrupts_and_may_be_told_not_to(unhurried_url: str) -> None:
    for interrupts in (True, False):
        vad = {"type": "semantic_vad", "eagerness": "high", "interrupt_response": interrupts}
        async with calling(unhurried_url) as caller:
            await caller.update(audio={"input": {"turn_detection": vad}})
            await caller.connection.response.create()
            await caller.until("response.output_audio.delta")
            await caller.speak(microphone([(0.3, read(CLIPS[0]))], 3.0))
            await caller.until("input_audio_buffer.committed")
            cancelled = [each.response.status_details for each in caller.all("response.done")]
            assert [each.reason for each in cancelled] == ["turn_detected"] * interrupts
            await caller.until("response.output_audio.delta")
            await caller.connection.response.cancel()
            await caller.until("response.done")


async def test_nobody_says_anything(url: str) -> None:
    """After an answer and five seconds without speech the model gets a turn of silence."""
    patient = {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}
    async with calling(url) as caller:
        session = (await caller.update(audio={"input": patient | TRANSCRIBED})).session
        assert session.audio.input.turn_detection.idle_timeout_ms == 5000
        await caller.ask("Are you there?")
        answered = time.monotonic()
        await caller.fall_silent(6.0)
        triggered = await caller.until("input_audio_buffer.timeout_triggered")
        assert time.monotonic() - answered > 4.9
        assert triggered.audio_end_ms - triggered.audio_start_ms == 5000
        done = (await caller.until("response.done")).response
        (committed,) = caller.all("input_audio_buffer.committed")
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        assert committed.item_id == heard.item_id == triggered.item_id
        assert heard.transcript == ""
        assert done.output[0].content[0].transcript.endswith("I heard nothing.")
        assert "input_audio_buffer.speech_started" not in caller.kinds()


@pytest.mark.parametrize(("kind", "quieter_db"), [("near_field", 9), ("far_field", 12)])
async def test_noise_is_taken_from_what_is_kept(url: str, kind: str, quieter_db: float) -> None:
    """Between the words it is quieter by so much; the words are as loud as they were."""
    words = spoken("ls_other_367-130732-0001")
    sent = microphone([(4.0, words)], 4.0 + seconds(words), noise_dbfs=-50)
    async with calling(url) as caller:
        await caller.update(
            audio={"input": {"noise_reduction": {"type": kind}, "turn_detection": None}}
        )
        await caller.speak(sent)
        await caller.connection.input_audio_buffer.commit()
        kept = await sound_of(caller, (await caller.until("conversation.item.done")).item.id)
    assert len(kept) == len(sent)
    noise, speech = slice(2 * RATE, 4 * RATE), slice(4 * RATE, len(sent))
    assert level_db(sent[noise]) - level_db(kept[noise]) > quieter_db
    assert level_db(kept[speech]) == pytest.approx(level_db(sent[speech]), abs=1.5)


def level_db(sound: Samples) -> float:
    return 20 * float(np.log10(np.sqrt(np.mean(np.square(sound, dtype=np.float64)))))


async def sound_of(caller: Caller, item_id: str) -> Samples:
    """What the server keeps of an item."""
    await caller.connection.conversation.item.retrieve(item_id=item_id)
    kept = (await caller.until("conversation.item.retrieved")).item
    return np.frombuffer(base64.b64decode(kept.content[0].audio), np.int16)


async def test_a_turn_in_noise(url: str) -> None:
    words = spoken("ls_other_367-130732-0001")
    noisy = microphone([(2.0, words)], 3.5 + seconds(words), noise_dbfs=-42)
    async with calling(url) as caller:
        await caller.update(
            audio={"input": {"noise_reduction": {"type": "far_field"}, **TRANSCRIBED}}
        )
        await caller.speak(noisy)
        assert (await caller.until("response.done")).response.status == "completed"
        (started,) = caller.all("input_audio_buffer.speech_started")
        (stopped,) = caller.all("input_audio_buffer.speech_stopped")
        assert started.audio_start_ms == pytest.approx(2000 - 300, abs=400)
        assert stopped.audio_end_ms == pytest.approx((2.5 + seconds(words)) * 1000, abs=400)
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        assert heard.transcript == HEARD


async def test_updates_in_mid_turn_lose_nothing(url: str) -> None:
    """Each piece of sound is followed by an update; the turn is whole, to the sample."""
    sound = microphone([(0.3, read("librivox_austen_0890"))], 7.0)
    piece = RATE // 10
    changes: tuple[dict[str, Any], ...] = (
        {"instructions": "Be brief."},
        {"tools": []},
        {"audio": {"input": {"transcription": {"model": "whisper-1", "language": "en"}}}},
        {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.5}}}},
        {"audio": {"input": {"turn_detection": {"type": "server_vad", "threshold": 0.4}}}},
        {"audio": {"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}}},
        {"audio": {"output": {"speed": 1.1}}},
        {"max_output_tokens": 500},
        {"truncation": "disabled"},
    )
    sent = 0
    async with calling(url) as caller:
        for start in range(0, len(sound), piece):
            audio = encoded(sound[start : start + piece])
            await caller.connection.input_audio_buffer.append(audio=audio)
            session: Any = {"type": "realtime", **changes[sent % len(changes)]}
            await caller.connection.session.update(session=session)
            sent += 1
        done = (await caller.until("response.done")).response
        while len(caller.all("session.updated")) < sent:
            await caller.until("session.updated")
        assert done.status == "completed"
        (started,) = caller.all("input_audio_buffer.speech_started")
        (stopped,) = caller.all("input_audio_buffer.speech_stopped")
        kept = await sound_of(caller, started.item_id)
        begin, end = (
            each * RATE // 1000 for each in (started.audio_start_ms, stopped.audio_end_ms)
        )
        assert np.array_equal(kept, sound[begin:end])
        assert not caller.all("error")


async def test_detection_is_turned_off_and_on_in_mid_turn(url: str) -> None:
    """Without detection the turn is the client's to end; nothing of it is lost."""
    words = read("librivox_austen_0890")
    async with calling(url) as caller:
        await caller.speak(words[: 2 * RATE])
        started = await caller.until("input_audio_buffer.speech_started")
        await caller.update(audio={"input": {"turn_detection": None}})
        await caller.speak(words[2 * RATE : 3 * RATE])
        await caller.fall_silent(2.0)
        await caller.update()
        assert "input_audio_buffer.speech_stopped" not in caller.kinds()
        await caller.connection.input_audio_buffer.commit()
        assert (await caller.until("input_audio_buffer.committed")).item_id == started.item_id
        begin = started.audio_start_ms * RATE // 1000
        await caller.until("conversation.item.done")
        kept = await sound_of(caller, started.item_id)
        assert np.array_equal(kept[: 3 * RATE - begin], words[begin : 3 * RATE])
        assert len(kept) == 5 * RATE - begin

        await caller.update(audio={"input": {"turn_detection": {"type": "server_vad"}}})
        await caller.speak(microphone([(0.3, read(CLIPS[0]))], 3.5))
        assert (await caller.until("response.done")).response.status == "completed"
        assert len(caller.all("input_audio_buffer.speech_stopped")) == 1
