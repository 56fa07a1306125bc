"""Calls over WebRTC to a running server: spoken turns, functions, interruptions."""

from pathlib import Path
from typing import Any

import pytest
from openai import AsyncOpenAI

from live.caller import Caller as Sideband
from live.engine_sets import HEARD, QUICK
from live.server import Server, serving
from recordings import read
from transports.webrtc.caller import WebRTCCaller, calling

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]

CLIP = "lj_LJ001-0002"
FRAME_MS = 20
WEATHER = {
    "type": "function",
    "name": "get_weather",
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
}


def update(**session: Any) -> dict[str, Any]:
    return {"type": "session.update", "session": {"type": "realtime", **session}}


def user_says(text: str) -> dict[str, Any]:
    content = [{"type": "input_text", "text": text}]
    item = {"type": "message", "role": "user", "content": content}
    return {"type": "conversation.item.create", "item": item}


@pytest.mark.parametrize("codec", ["opus", "PCMU"])
async def test_a_spoken_turn_is_answered_aloud(quick: Server, codec: str) -> None:
    """B131, B150, B153: sound as media, and its beginning and end as events."""
    async with calling(quick.url, codec=codec) as caller:
        transcription = {"transcription": {"model": "whisper-1"}}
        caller.send(update(audio={"input": transcription}))
        await caller.until("session.updated")
        caller.mouth.say(read(CLIP))
        await caller.until("output_audio_buffer.stopped")
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == HEARD
        (started,) = caller.all("input_audio_buffer.speech_started")
        (stopped,) = caller.all("input_audio_buffer.speech_stopped")
        spoken_ms = stopped["audio_end_ms"] - started["audio_start_ms"]
        assert abs(spoken_ms - 300 - 500 - len(read(CLIP)) / 24) < 400

        (done,) = caller.all("response.done")
        (item,) = done["response"]["output"]
        said_ms = 60 * len(item["content"][0]["transcript"])
        await caller.listens(10)
        assert abs(caller.loud_ms - said_ms) <= 60
        kinds = [event["type"] for event in caller.events]
        assert "response.output_audio.delta" not in kinds
        assert (
            kinds.index("response.content_part.added")
            < kinds.index("output_audio_buffer.started")
            < kinds.index("response.done")
            < kinds.index("output_audio_buffer.stopped")
        )
        # What comes first for the ear may not come after its end for the eye.
        assert abs(caller.frame_of("output_audio_buffer.started") - caller.loud.index(True)) < 15


async def test_a_function_is_called_over_the_data_channel(quick: Server) -> None:
    async with calling(quick.url) as caller:
        caller.send(update(tools=[WEATHER], tool_choice="required"))
        caller.send(user_says("What is the weather in Paris?"))
        caller.send({"type": "response.create"})
        made = await caller.until("response.function_call_arguments.done")
        await caller.until("response.done")
        assert not any(caller.loud)
        output = {"type": "function_call_output", "call_id": made["call_id"], "output": "sunny"}
        caller.send({"type": "conversation.item.create", "item": output})
        caller.send({"type": "response.create", "response": {"tool_choice": "none"}})
        await caller.until("output_audio_buffer.stopped")
        await caller.hears(loud=10)
        assert not caller.all("error")


async def test_a_server_runs_the_tools_of_a_call(quick: Server) -> None:
    """B019, B020: the stock client's sideband; the caller hears the answer."""
    async with (
        calling(quick.url) as caller,
        AsyncOpenAI(base_url=quick.url, api_key="any") as client,
        client.realtime.connect(call_id=caller.call_id) as connection,
    ):
        server = Sideband(connection)
        await server.until("session.created")
        await server.update(tools=[WEATHER], tool_choice="required")
        caller.mouth.say(read(CLIP))
        made = await server.until("response.function_call_arguments.done")
        assert made.name == "get_weather"
        await server.until("response.done")
        assert not any(caller.loud)
        output: Any = {"type": "function_call_output", "call_id": made.call_id, "output": "sunny"}
        await connection.conversation.item.create(item=output)
        await connection.response.create(response={"tool_choice": "none"})
        await caller.until("output_audio_buffer.stopped")
        await caller.hears(loud=10)
        await server.until("output_audio_buffer.stopped")
        assert not server.all("error") + server.all("response.output_audio.delta")


async def answering(caller: WebRTCCaller, frames: int) -> str:
    """Ask for a long answer, and listen to so much of it; the id of its item."""
    caller.send({"type": "response.create"})
    item_id: str = (await caller.until("response.output_item.added"))["item"]["id"]
    await caller.hears(loud=frames)
    return item_id


async def silence_follows(caller: WebRTCCaller, kind: str) -> None:
    """From an event on, at most 300 ms more are loud."""
    await caller.listens(40)
    assert not any(caller.loud[caller.frame_of(kind) + 300 // FRAME_MS :])


async def test_a_callers_voice_interrupts_and_the_server_truncates(unhurried: Server) -> None:
    """B151: to what the caller truly heard."""
    async with calling(unhurried.url) as caller:
        item_id = await answering(caller, 50)
        caller.mouth.say(read(CLIP))
        truncated = await caller.until("conversation.item.truncated")
        await silence_follows(caller, "output_audio_buffer.cleared")
        (done,) = caller.all("response.done")
        details = done["response"]["status_details"]
        assert (done["response"]["status"], details["reason"]) == ("cancelled", "turn_detected")
        (cleared,) = caller.all("output_audio_buffer.cleared")
        assert cleared["response_id"] == done["response"]["id"]
        assert truncated["item_id"] == item_id
        assert abs(truncated["audio_end_ms"] - caller.loud_ms) <= 60


async def test_a_client_clears_what_is_played(unhurried: Server) -> None:
    """B152, B144: and the next answer is heard."""
    async with calling(unhurried.url) as caller:
        caller.send(update(audio={"input": {"turn_detection": None}}))
        await answering(caller, 30)
        caller.send({"type": "response.cancel"})
        caller.send({"type": "output_audio_buffer.clear"})
        truncated = await caller.until("conversation.item.truncated")
        await silence_follows(caller, "output_audio_buffer.cleared")
        assert abs(truncated["audio_end_ms"] - caller.loud_ms) <= 60
        await answering(caller, sum(caller.loud) + 20)
        assert not caller.all("error")


async def test_push_to_talk(quick: Server) -> None:
    """B153: without turn detection, what was said since the last clear is committed."""
    async with calling(quick.url) as caller:
        caller.send(update(audio={"input": {"turn_detection": None}}))
        await caller.until("session.updated")
        await caller.listens(10)
        caller.send({"type": "input_audio_buffer.clear"})
        await caller.until("input_audio_buffer.cleared")
        caller.mouth.say(read(CLIP))
        await caller.mouth.silent.wait()
        caller.send({"type": "input_audio_buffer.commit"})
        item_id = (await caller.until("input_audio_buffer.committed"))["item_id"]
        caller.send({"type": "conversation.item.retrieve", "item_id": item_id})
        part = (await caller.until("conversation.item.retrieved"))["item"]["content"][0]
        pcm_ms = len(part["audio"]) * 3 / 4 / 48
        assert abs(pcm_ms - len(read(CLIP)) / 24) < 300
        caller.send({"type": "response.create"})
        await caller.until("output_audio_buffer.stopped")


async def test_what_is_no_event_is_refused_and_the_call_goes_on(quick: Server) -> None:
    async with calling(quick.url) as caller:
        caller.send(b"binary")
        caller.send("no json")
        assert (await caller.until("error", 2))["error"]["code"] == "invalid_event"
        caller.send(update(instructions="Be brief."))
        await caller.until("session.updated")


async def test_a_call_ends_at_its_age(tmp_path: Path) -> None:
    """With the API's last words, which arrive."""
    ages = ("--set", "server.session_max_minutes=0.03")
    with serving(tmp_path, *QUICK, *ages) as server:
        async with calling(server.url) as caller:
            expired = await caller.until("error")
            assert expired["error"]["code"] == "session_expired"
            await caller.closed.wait()
