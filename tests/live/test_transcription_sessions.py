"""Sessions that write down what they hear and answer nothing: GA by the stock client, and beta."""

import base64
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
import pytest
from openai import AsyncOpenAI
from websockets.asyncio.client import connect

import recordings
from live.beta import calling_beta
from live.caller import Caller
from live.engine_sets import HEARD
from live.relay import relaying
from live.server import Server, serving
from recordings import RATE, Samples, microphone, read, words_of
from repartee.speech.g711 import encode

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CLIP = "lj_LJ001-0002"
DELTA = "conversation.item.input_audio_transcription.delta"
COMPLETED = "conversation.item.input_audio_transcription.completed"
INTENT = "intent=transcription"


def a_turn(clip: str = CLIP) -> Samples:
    words = read(clip)
    return microphone([(0.3, words)], 1.3 + len(words) / RATE)


@asynccontextmanager
async def transcribing(url: str) -> AsyncIterator[Caller]:
    """A transcription session of the stock client, begun."""
    async with (
        AsyncOpenAI(base_url=url, api_key="sk-anything") as client,
        client.realtime.connect(extra_query={"intent": "transcription"}) as connection,
    ):
        caller = Caller(connection)
        created = await caller.until("session.created")
        assert created.session.type == "transcription"
        yield caller
        assert not [kind for kind in caller.kinds() if kind.startswith("response.")]


async def update(caller: Caller, **fields: Any) -> Any:
    """Change a transcription session; the session that it is now."""
    return (await caller.update(type="transcription", **fields)).session


def hears_with(model: str, **input: Any) -> dict[str, Any]:
    return {"input": {"transcription": {"model": model}, **input}}


async def refusal(caller: Caller, **fields: Any) -> Any:
    """Why an update is refused; it changes nothing."""
    before = await update(caller)
    session: Any = {"type": "transcription", **fields}
    await caller.connection.session.update(session=session)
    refused = (await caller.until("error")).error
    assert await update(caller) == before
    return refused


@pytest.mark.parametrize("model", ["whisper-1", "gpt-4o-transcribe"])
async def test_turns_are_written_down(url: str, model: str) -> None:
    async with transcribing(url) as caller:
        await update(caller, audio=hears_with(model))
        for _ in range(2):
            await caller.speak(a_turn())
            await caller.until(COMPLETED)
        started = caller.all("input_audio_buffer.speech_started")
        stopped = caller.all("input_audio_buffer.speech_stopped")
        committed = caller.all("input_audio_buffer.committed")
        completed = caller.all(COMPLETED)
        for events in (stopped, committed, completed):
            assert [each.item_id for each in events] == [each.item_id for each in started]
        assert committed[1].previous_item_id == committed[0].item_id
        for each in completed:
            assert each.transcript == HEARD
            deltas = [delta for delta in caller.all(DELTA) if delta.item_id == each.item_id]
            assert "".join(delta.delta for delta in deltas) == HEARD
            assert each.logprobs is None
        spoken = [
            stop.audio_end_ms - start.audio_start_ms
            for start, stop in zip(started, stopped, strict=True)
        ]
        assert_usage(model, completed[0].usage, spoken[0])
        assert "conversation.created" not in caller.kinds()


def assert_usage(model: str, usage: Any, heard_ms: float) -> None:
    """Whisper counts seconds, the models that came after it tokens, ten a second."""
    if model == "whisper-1":
        assert usage.type == "duration"
        assert usage.seconds == pytest.approx(heard_ms / 1000)
    else:
        assert usage.type == "tokens"
        assert usage.input_tokens == usage.input_token_details.audio_tokens
        assert usage.input_tokens == -(-heard_ms // 100)
        assert usage.total_tokens == usage.input_tokens + usage.output_tokens
        assert usage.output_tokens > 3


async def test_turns_ended_by_hand(url: str) -> None:
    async with transcribing(url) as caller:
        session = await update(
            caller, audio=hears_with("gpt-4o-mini-transcribe", turn_detection=None)
        )
        assert session.audio.input.turn_detection is None
        await caller.connection.input_audio_buffer.commit()
        assert (await caller.until("error")).error.code == "input_audio_buffer_commit_empty"
        await caller.speak(a_turn())
        await caller.connection.input_audio_buffer.commit()
        completed = await caller.until(COMPLETED)
        assert completed.transcript == HEARD
        item = caller.connection.conversation.item
        await item.retrieve(item_id=completed.item_id)
        kept = (await caller.until("conversation.item.retrieved")).item.content[0]
        assert base64.b64decode(kept.audio) == a_turn().tobytes()
        assert kept.transcript == HEARD
        await item.delete(item_id=completed.item_id)
        await caller.until("conversation.item.deleted")
        await caller.speak(a_turn())
        await caller.connection.input_audio_buffer.clear()
        await caller.until("input_audio_buffer.cleared")
        await update(caller)
        assert len(caller.all(COMPLETED)) == 1


async def test_a_model_whose_turns_are_ended_by_hand(url: str) -> None:
    async with transcribing(url) as caller:
        session = await update(caller, audio=hears_with("gpt-realtime-whisper"))
        assert session.audio.input.turn_detection is None
        detecting = {"input": {"turn_detection": {"type": "server_vad"}}}
        refused = await refusal(caller, audio=detecting)
        assert "Turn detection is not supported" in refused.message
        await caller.speak(a_turn())
        await caller.connection.input_audio_buffer.commit()
        assert (await caller.until(COMPLETED)).transcript == HEARD


async def test_a_telephone_in_noise(url: str) -> None:
    async with transcribing(url) as caller:
        session = await update(
            caller,
            audio=hears_with(
                "whisper-1",
                format={"type": "audio/pcma"},
                noise_reduction={"type": "near_field"},
                turn_detection={"type": "semantic_vad", "eagerness": "high"},
            ),
        )
        assert session.audio.input.noise_reduction.type == "near_field"
        words = np.concatenate([read(CLIP, 8000), np.zeros(8000, np.int16)])
        noise = np.random.default_rng(0).standard_normal(len(words)) * 60
        sound = encode((words * 0.9 + noise).astype(np.int16), "audio/pcma")
        for start in range(0, len(sound), 800):
            audio = base64.b64encode(sound[start : start + 800]).decode()
            await caller.connection.input_audio_buffer.append(audio=audio)
        assert (await caller.until(COMPLETED)).transcript == HEARD


async def test_what_is_not_written_down_is_not_told(url: str) -> None:
    """Without a model for it the client hears of turns, not of words."""
    async with transcribing(url) as caller:
        assert caller.told[0].session.audio.input.transcription is None
        await caller.speak(a_turn())
        await caller.until("conversation.item.done")
        await update(caller)
        assert not caller.all(COMPLETED) + caller.all(DELTA)


async def test_what_only_a_session_that_answers_can_do(url: str) -> None:
    async with transcribing(url) as caller:
        connection = caller.connection
        await connection.response.create(event_id="answer")
        await connection.response.cancel(event_id="cancel")
        item: Any = {
            "type": "message",
            "role": "user",
            "content": [{"type": "input_text", "text": "Hello."}],
        }
        await connection.conversation.item.create(item=item, event_id="write")
        await connection.conversation.item.truncate(
            item_id="item_1", content_index=0, audio_end_ms=0, event_id="cut"
        )
        for event_id in ("answer", "cancel", "write", "cut"):
            refused = (await caller.until("error")).error
            assert (refused.event_id, refused.type) == (event_id, "invalid_request_error")

        realtime: Any = {"type": "realtime", "instructions": "Answer!"}
        await connection.session.update(session=realtime, event_id="kind")
        refused = (await caller.until("error")).error
        assert "realtime session update event to a transcription session" in refused.message
        assert (await refusal(caller, instructions="Answer!")).param == "session.instructions"
        assert (await refusal(caller, audio={"output": {}})).param == "session.audio.output"
        idle = {"input": {"turn_detection": {"type": "server_vad", "idle_timeout_ms": 5000}}}
        param = "session.audio.input.turn_detection.idle_timeout_ms"
        assert (await refusal(caller, audio=idle)).param == param
        assert not caller.all("conversation.item.added")


async def test_an_intent_leaves_no_choice_of_a_model(quick: Server) -> None:
    address = quick.url.replace("http", "ws", 1) + f"/realtime?{INTENT}&model=whisper-1"
    async with connect(address) as connection:
        error = json.loads(await connection.recv())["error"]
        await connection.wait_closed()
    assert error["code"] == "invalid_model"
    assert connection.close_code == 4000
    assert connection.close_reason == "invalid_request_error.invalid_model"


@pytest.mark.parametrize("included", [True, False])
async def test_how_sure_the_ears_are(url: str, included: bool) -> None:
    include = ["item.input_audio_transcription.logprobs"] if included else []
    async with transcribing(url) as caller:
        await update(caller, audio=hears_with("gpt-4o-transcribe"), include=include)
        await caller.speak(a_turn())
        completed = await caller.until(COMPLETED)
        if included:
            assert "".join(each.token for each in completed.logprobs) == HEARD
            assert all(each.logprob <= 0 for each in completed.logprobs)
            told = [each for delta in caller.all(DELTA) for each in delta.logprobs or ()]
            # These ears know how sure they are only in the end.
            assert told == completed.logprobs[-len(told) :]
        else:
            assert completed.logprobs is None


@pytest.fixture(scope="module")
def listening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    engines = ("--ears", "pocketsphinx", "--voice", "fake")
    with serving(tmp_path_factory.mktemp("listening"), *engines) as server:
        yield server


async def test_real_ears_and_how_sure_they_are(listening: Server) -> None:
    clip = "librivox_austen_0890"
    (text,) = (each.text for each in recordings.clips() if each.name == clip)
    async with relaying(listening.url) as url, transcribing(url) as caller:
        await update(
            caller,
            audio=hears_with("gpt-4o-transcribe"),
            include=["item.input_audio_transcription.logprobs"],
        )
        await caller.speak(a_turn(clip))
        completed = await caller.until(COMPLETED)
        assert len(words_of(completed.transcript) & words_of(text)) >= 3
        assert caller.joined(DELTA) == completed.transcript
        assert "".join(each.token for each in completed.logprobs) == completed.transcript
        for each in completed.logprobs:
            assert -100 <= each.logprob <= 0
            assert bytes(each.bytes).decode() == each.token
        assert len({each.logprob for each in completed.logprobs}) > 1


async def test_beta(url: str) -> None:
    async with calling_beta(url, INTENT) as caller:
        (created,) = caller.told
        assert created["session"]["object"] == "realtime.transcription_session"
        assert created["session"]["input_audio_format"] == "pcm16"
        await caller.send(
            "transcription_session.update",
            session={
                "input_audio_transcription": {"model": "gpt-4o-transcribe", "language": "en"},
                "input_audio_noise_reduction": {"type": "near_field"},
                "turn_detection": {"type": "server_vad", "silence_duration_ms": 400},
                "include": ["item.input_audio_transcription.logprobs"],
            },
        )
        session = (await caller.until("transcription_session.updated"))["session"]
        assert session["turn_detection"]["silence_duration_ms"] == 400
        assert session["input_audio_noise_reduction"] == {"type": "near_field"}
        await caller.speak(a_turn())
        completed = await caller.until(COMPLETED)
        assert completed["transcript"] == caller.joined(DELTA) == HEARD
        assert completed["logprobs"]
        order = [
            kind
            for kind in caller.kinds()
            if kind.startswith("input_audio_buffer.") or ".item.created" in kind
        ]
        assert order == [
            "input_audio_buffer.speech_started",
            "input_audio_buffer.speech_stopped",
            "input_audio_buffer.committed",
            "conversation.item.created",
        ]
        (item,) = caller.all("conversation.item.created")
        assert item["item"]["id"] == completed["item_id"]


async def test_beta_by_hand_and_what_it_refuses(url: str) -> None:
    async with calling_beta(url, INTENT) as caller:
        flat = {
            "input_audio_format": "g711_ulaw",
            "input_audio_transcription": {"model": "whisper-1"},
            "turn_detection": None,
        }
        await caller.send("transcription_session.update", session=flat)
        session = (await caller.until("transcription_session.updated"))["session"]
        assert session["input_audio_format"] == "g711_ulaw"
        assert session["turn_detection"] is None
        audio = base64.b64encode(encode(read(CLIP, 8000), "audio/pcmu")).decode()
        await caller.send("input_audio_buffer.append", audio=audio)
        await caller.send("input_audio_buffer.commit")
        completed = await caller.until(COMPLETED)
        assert completed["transcript"] == HEARD
        assert completed["usage"]["type"] == "duration"

        await caller.send("response.create", event_id="answer")
        assert (await caller.until("error"))["error"]["event_id"] == "answer"
        await caller.send("session.update", session={"instructions": "Answer!"}, event_id="kind")
        refused = (await caller.until("error"))["error"]
        assert refused["event_id"] == "kind"
        assert "transcription session is not allowed" in refused["message"]
        unknown = {"audio": {"input": {"turn_detection": None}}}
        await caller.send("transcription_session.update", session=unknown)
        refused = (await caller.until("error"))["error"]
        assert (refused["code"], refused["param"]) == ("unknown_parameter", "session.audio")
        assert not [kind for kind in caller.kinds() if kind.startswith("response.")]
