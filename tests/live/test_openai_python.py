"""The stock Python client, unmodified, in conversation with a server."""

import asyncio
import base64
import json
import ssl
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from openai import OpenAI
from openai.resources.realtime.realtime import RealtimeConnection

from live.caller import PATIENCE_S, Caller, calling, encoded
from live.engine_sets import HEARD, QUICK
from live.relay import served
from live.server import Server
from recordings import RATE, Samples, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

TRANSCRIBED = {"input": {"transcription": {"model": "whisper-1"}}}
BY_HAND = {"input": {"turn_detection": None}}
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather.",
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
    },
}


def a_turn(clip: str = "lj_LJ001-0002") -> Samples:
    """Somebody says a sentence, and then nothing for a second."""
    words = read(clip)
    return microphone([(0.3, words)], 1.3 + len(words) / RATE)


def seconds(samples: Samples) -> float:
    return len(samples) / RATE


async def test_a_written_turn(url: str) -> None:
    async with calling(url) as caller:
        session = caller.told[0].session
        assert (session.type, session.model) == ("realtime", "gpt-realtime")
        done = await caller.ask("How do you do?")
        (item,) = done.response.output
        assert done.response.status == "completed"
        assert item.content[0].text == caller.joined("response.output_text.delta")
        assert item.content[0].text.endswith("You said: How do you do?")
        assert len(caller.all("response.output_text.delta")) > 3
        assert done.response.usage.output_tokens > 0
        assert not caller.sound()


@pytest.mark.parametrize("clip", ["lj_LJ001-0002", "ls_other_367-130732-0001"])
async def test_a_spoken_turn(url: str, clip: str) -> None:
    async with calling(url) as caller:
        await caller.update(audio=TRANSCRIBED)
        await caller.speak(a_turn(clip))
        done = await caller.until("response.done")
    assert_spoken_turn(caller, done, seconds(read(clip)))


async def test_a_spoken_turn_in_real_time(url: str) -> None:
    async with calling(url) as caller:
        await caller.update(audio=TRANSCRIBED)
        speaking = asyncio.create_task(caller.speak(a_turn(), in_real_time=True))
        started = await caller.until("input_audio_buffer.speech_started")
        assert not speaking.done()
        stopped = await caller.until("input_audio_buffer.speech_stopped")
        assert started.item_id == stopped.item_id
        done = await caller.until("response.done")
        await speaking
    assert_spoken_turn(caller, done, seconds(read("lj_LJ001-0002")))


def assert_spoken_turn(caller: Caller, done: Any, spoken_s: float) -> None:
    """One turn was heard where it was spoken, written down, and answered aloud."""
    (started,) = caller.all("input_audio_buffer.speech_started")
    (stopped,) = caller.all("input_audio_buffer.speech_stopped")
    (committed,) = caller.all("input_audio_buffer.committed")
    assert started.item_id == stopped.item_id == committed.item_id
    # The padding of 300 ms before the speech is counted, and so is the silence after it.
    assert started.audio_start_ms <= 500
    assert abs(stopped.audio_end_ms / 1000 - (0.3 + spoken_s + 0.5)) < 0.5

    (transcript,) = caller.all("conversation.item.input_audio_transcription.completed")
    assert transcript.item_id == committed.item_id
    assert transcript.transcript == HEARD
    assert caller.joined("conversation.item.input_audio_transcription.delta") == HEARD

    (answer,) = done.response.output
    said = answer.content[0].transcript
    assert done.response.status == "completed"
    assert said.endswith(f"You said: {HEARD}")
    assert caller.joined("response.output_audio_transcript.delta") == said
    # The voice takes 60 ms a character, and s16 at 24 kHz has 48 bytes a millisecond.
    assert len(caller.sound()) == len(said) * 60 * 48
    assert np.frombuffer(caller.sound(), "<i2").max() > 4000


async def test_two_spoken_turns_follow_each_other(url: str) -> None:
    async with calling(url) as caller:
        for _ in range(2):
            await caller.speak(a_turn())
            await caller.until("response.done")
        first, second = caller.all("input_audio_buffer.speech_started")
        assert second.audio_start_ms > first.audio_start_ms + seconds(a_turn()) * 900
        first, second = caller.all("input_audio_buffer.committed")
        assert first.previous_item_id is None
        assert second.previous_item_id == caller.all("response.done")[0].response.output[0].id


async def test_many_sentences_in_one_breath(url: str) -> None:
    """What came in one piece is cut into turns as if it had come slowly."""
    clips = ("lj_LJ001-0002", "ls_other_367-130732-0001", "librivox_austen_0890")
    breath = np.concatenate([a_turn(clip) for clip in clips])
    async with calling(url) as caller:
        await caller.update(audio=TRANSCRIBED)
        await caller.connection.input_audio_buffer.append(audio=encoded(breath))
        while len(caller.all("input_audio_buffer.committed")) < len(clips):
            await caller.until("input_audio_buffer.committed")
        await caller.until("response.done")
        ends = [event.audio_end_ms for event in caller.all("input_audio_buffer.speech_stopped")]
    expected = np.cumsum([seconds(a_turn(clip)) for clip in clips]) * 1000 - 500
    assert ends == pytest.approx(expected, abs=500)


async def test_a_turn_of_a_moment(tmp_path: Path) -> None:
    """Without padding and patience a turn may be shorter than what a client may commit."""
    hasty = {"type": "server_vad", "prefix_padding_ms": 0, "silence_duration_ms": 0}
    knock = np.full(RATE // 40, 8_000, np.int16)
    async with served(tmp_path, *QUICK, "--vad", "fake") as url, calling(url) as caller:
        await caller.update(audio={"input": {"turn_detection": hasty}})
        await caller.speak(microphone([(0.1, knock)], 0.5))
        await caller.until("response.done")
        (started,) = caller.all("input_audio_buffer.speech_started")
        (stopped,) = caller.all("input_audio_buffer.speech_stopped")
        assert stopped.audio_end_ms - started.audio_start_ms < 100
        assert not caller.all("error")
        (committed,) = caller.all("input_audio_buffer.committed")
        assert started.item_id == stopped.item_id == committed.item_id


async def test_push_to_talk(url: str) -> None:
    async with calling(url) as caller:
        await caller.update(audio=BY_HAND)
        await caller.speak(a_turn())
        await caller.connection.input_audio_buffer.commit()
        item = (await caller.until("conversation.item.done")).item
        await caller.connection.response.create()
        done = await caller.until("response.done")
        assert item.content[0].type == "input_audio"
        assert done.response.output[0].content[0].transcript.endswith(HEARD)
        assert "input_audio_buffer.speech_started" not in caller.kinds()


async def test_too_little_sound_is_not_committed(url: str) -> None:
    async with calling(url) as caller:
        await caller.update(audio=BY_HAND)
        await caller.speak(read("lj_LJ001-0002")[: RATE // 20])
        await caller.connection.input_audio_buffer.commit(event_id="commit-1")
        refused = (await caller.until("error")).error
        assert refused.code == "input_audio_buffer_commit_empty"
        assert refused.event_id == "commit-1"
        assert "50.00ms" in refused.message
        await caller.connection.input_audio_buffer.clear()
        await caller.until("input_audio_buffer.cleared")
        assert (await caller.ask("Still there?")).response.status == "completed"


@pytest.mark.parametrize(
    ("tool_choice", "question"), [("required", "Hello."), ("auto", "Get me the weather, please.")]
)
async def test_a_function_call_and_its_answer(url: str, tool_choice: str, question: str) -> None:
    async with calling(url) as caller:
        await caller.update(tools=[WEATHER], tool_choice=tool_choice)
        call = (await caller.ask(question)).response.output[-1]
        assert (call.type, call.name, call.status) == ("function_call", "get_weather", "completed")
        assert isinstance(json.loads(call.arguments)["place"], str)
        assert caller.joined("response.function_call_arguments.delta") == call.arguments
        await caller.connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": call.call_id, "output": "It rains."}
        )
        await caller.connection.response.create(response={"tool_choice": "none"})
        done = await caller.until("response.done")
        assert "It rains." in done.response.output[0].content[0].transcript


async def test_a_function_is_called_by_voice(url: str) -> None:
    async with calling(url) as caller:
        await caller.update(tools=[WEATHER])
        await caller.speak(a_turn())
        (call,) = (await caller.until("response.done")).response.output
        assert call.name == "get_weather"
        assert not caller.sound()


async def test_an_item_is_retrieved_with_its_sound_and_deleted(url: str) -> None:
    async with calling(url) as caller:
        item = caller.connection.conversation.item
        await caller.update(audio=BY_HAND)
        spoken = a_turn()
        await caller.speak(spoken)
        await caller.connection.input_audio_buffer.commit()
        item_id = (await caller.until("conversation.item.done")).item.id
        await caller.connection.response.create()
        answer_id = (await caller.until("response.done")).response.output[0].id

        await item.retrieve(item_id=item_id)
        question = (await caller.until("conversation.item.retrieved")).item
        assert base64.b64decode(question.content[0].audio) == spoken.tobytes()
        await item.retrieve(item_id=answer_id)
        answer = (await caller.until("conversation.item.retrieved")).item
        assert base64.b64decode(answer.content[0].audio) == caller.sound()

        await item.delete(item_id=item_id)
        assert (await caller.until("conversation.item.deleted")).item_id == item_id
        await item.retrieve(item_id=item_id)
        assert (await caller.until("error")).error.code == "item_retrieve_invalid_item_id"
        await caller.connection.response.create()
        done = await caller.until("response.done")
        assert done.response.output[0].content[0].transcript.endswith("I heard nothing.")


async def test_a_refused_update_changes_nothing(url: str) -> None:
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"temperature": 0.8}, "unknown_parameter", "session.temperature"),
        (
            {"audio": {"output": {"speed": 9}}, "instructions": "No."},
            "invalid_value",
            "session.audio.output.speed",
        ),
        ({"max_output_tokens": 0}, "invalid_value", "session.max_output_tokens"),
    ]
    async with calling(url) as caller:
        before = (await caller.update(instructions="Be brief.")).session
        for fields, code, param in refused:
            session: Any = {"type": "realtime", **fields}
            await caller.connection.session.update(session=session, event_id=param)
            error = (await caller.until("error")).error
            assert (error.code, error.param, error.event_id) == (code, param, param)
        assert (await caller.update()).session == before


async def test_the_voice_stays_once_it_was_heard(url: str) -> None:
    async with calling(url) as caller:
        before = await caller.update(audio={"output": {"voice": "cedar"}})
        await caller.connection.response.create()
        await caller.until("response.done")
        other: Any = {"type": "realtime", "audio": {"output": {"voice": "marin"}}}
        await caller.connection.session.update(session=other)
        assert (await caller.until("error")).error.code == "cannot_update_voice"
        assert (await caller.update(audio={"output": {"voice": "cedar"}})).session == before.session
        assert (await caller.ask("Still there?")).response.status == "completed"


async def test_the_synchronous_client(url: str) -> None:
    await asyncio.to_thread(converse_synchronously, url)


def converse_synchronously(url: str) -> None:
    client = OpenAI(base_url=url, api_key="sk-anything")
    with client, client.realtime.connect(model="gpt-realtime") as connection:
        samples = a_turn()
        for start in range(0, len(samples), RATE // 10):
            connection.input_audio_buffer.append(audio=encoded(samples[start:][: RATE // 10]))
        spoken = events_of_a_turn(connection)
        assert spoken[0].type == "session.created"
        assert "response.output_audio.delta" in [event.type for event in spoken]
        assert spoken[-1].response.output[0].content[0].transcript.endswith(HEARD)

        connection.response.create(response={"output_modalities": ["text"]})
        written = events_of_a_turn(connection)
        assert "response.output_audio.delta" not in [event.type for event in written]
        assert written[-1].response.output[0].content[0].text.endswith(HEARD)


def events_of_a_turn(connection: RealtimeConnection) -> list[Any]:
    events: list[Any] = []
    for event in connection:
        events.append(event)
        if event.type == "response.done":
            break
    return events


async def test_a_turn_by_tls(secure: Server) -> None:
    trusting = ssl.create_default_context(cafile=secure.certificate)
    async with calling(secure.url, websocket_connection_options={"ssl": trusting}) as caller:
        assert (await caller.ask("How do you do?")).response.status == "completed"
        await caller.speak(a_turn())
        await caller.until("response.done")
        assert caller.joined("response.output_audio_transcript.delta").endswith(HEARD)


async def test_who_does_not_trust_the_certificate_is_kept_out(secure: Server) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        async with asyncio.timeout(PATIENCE_S), calling(secure.url):
            pytest.fail("nobody vouches for the certificate")
