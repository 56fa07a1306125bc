"""The beta dialect: judged event by event, and by the stock client's own beta part."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI

from live.beta import calling_beta
from live.caller import encoded
from live.engine_sets import HEARD
from live.relay import relaying
from live.server import Server
from recordings import RATE, microphone, read

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


async def test_a_written_turn(url: str) -> None:
    async with calling_beta(url) as caller:
        session = caller.told[0]["session"]
        assert (session["modalities"], session["voice"]) == (["audio", "text"], "alloy")
        await caller.send(
            "session.update",
            session={
                "modalities": ["text"],
                "instructions": "Be brief.",
                "temperature": 0.7,
                "max_response_output_tokens": 500,
            },
        )
        session = (await caller.until("session.updated"))["session"]
        assert (session["modalities"], session["temperature"]) == (["text"], 0.7)
        text = {"type": "input_text", "text": "How do you do?"}
        item = {"type": "message", "role": "user", "content": [text]}
        await caller.send("conversation.item.create", item=item)
        await caller.until("conversation.item.created")
        await caller.send("response.create")
        done = (await caller.until("response.done"))["response"]
        assert done["status"] == "completed"
        (part,) = done["output"][0]["content"]
        assert part["type"] == "text"
        assert part["text"] == caller.joined("response.text.delta")
        assert part["text"].endswith("You said: How do you do?")
        assert caller.kinds()[-3:] == [
            "response.content_part.done",
            "response.output_item.done",
            "response.done",
        ]
        assert "conversation.item.added" not in caller.kinds()


async def test_a_spoken_turn(url: str) -> None:
    async with calling_beta(url) as caller:
        flat = {"input_audio_transcription": {"model": "whisper-1"}, "voice": "echo"}
        await caller.send("session.update", session=flat)
        session = (await caller.until("session.updated"))["session"]
        assert session["voice"] == "echo"
        words = read("lj_LJ001-0002")
        await caller.speak(microphone([(0.3, words)], 1.3 + len(words) / RATE))
        done = (await caller.until("response.done"))["response"]
        (item,) = done["output"]
        said = item["content"][0]["transcript"]
        assert item["content"][0]["type"] == "audio"
        assert said.endswith(f"You said: {HEARD}")
        assert said == caller.joined("response.audio_transcript.delta")
        assert len(caller.sound()) == len(said) * 60 * 48
        (heard,) = caller.all("conversation.item.input_audio_transcription.completed")
        assert heard["transcript"] == HEARD
        # The reference client breaks where an item's part comes before the item.
        kinds = caller.kinds()
        created = [place for place, kind in enumerate(kinds) if kind == "conversation.item.created"]
        assert len(created) == 2
        assert created[1] < kinds.index("response.content_part.added")

        cut = {"item_id": item["id"], "content_index": 0, "audio_end_ms": 500}
        await caller.send("conversation.item.truncate", **cut)
        assert (await caller.until("conversation.item.truncated"))["audio_end_ms"] == 500
        await caller.send("conversation.item.retrieve", item_id=item["id"])
        kept = (await caller.until("conversation.item.retrieved"))["item"]["content"][0]
        assert kept["type"] == "audio"
        assert kept.get("transcript") is None
        assert len(base64.b64decode(kept["audio"])) == 500 * 48


async def test_a_function_call(url: str) -> None:
    tool = {
        "type": "function",
        "name": "get_weather",
        "parameters": {"type": "object", "properties": {"place": {"type": "string"}}},
    }
    async with calling_beta(url) as caller:
        session = {"modalities": ["text"], "tools": [tool], "tool_choice": "required"}
        await caller.send("session.update", session=session)
        await caller.send("response.create", response={"instructions": "Call."})
        (call,) = (await caller.until("response.done"))["response"]["output"]
        assert (call["type"], call["name"]) == ("function_call", "get_weather")
        assert call["arguments"] == caller.joined("response.function_call_arguments.delta")
        output = {"type": "function_call_output", "call_id": call["call_id"], "output": "It rains."}
        await caller.send("conversation.item.create", item=output)
        await caller.send("response.create", response={"tool_choice": "none"})
        (item,) = (await caller.until("response.done"))["response"]["output"]
        assert "It rains." in item["content"][0]["text"]


async def test_what_is_not_of_the_dialect_is_refused(url: str) -> None:
    refused: list[tuple[dict[str, Any], str]] = [
        ({"modalities": ["audio"]}, "session.modalities"),
        ({"temperature": 1.3}, "session.temperature"),
        ({"output_modalities": ["text"]}, "session.output_modalities"),
        ({"input_audio_format": "pcm24"}, "session.input_audio_format"),
        ({"turn_detection": {"type": "server_vad", "threshold": 2}}, "session.turn_detection"),
    ]
    async with calling_beta(url) as caller:
        for session, param in refused:
            await caller.send("session.update", session=session, event_id=param)
            error = (await caller.until("error"))["error"]
            assert error["event_id"] == param
            assert error["param"].startswith(param)
        await caller.send("session.update", session={})
        await caller.until("session.updated")


def stock(root: str) -> AsyncOpenAI:
    return AsyncOpenAI(websocket_base_url=f"{root}/v1", api_key="anything")


def stock_azure(root: str) -> AsyncOpenAI:
    return AsyncAzureOpenAI(
        azure_endpoint="https://azure.example",
        websocket_base_url=f"{root}/openai",
        api_key="anything",
        api_version="2025-04-01-preview",
    )


@pytest.mark.parametrize("package", [stock, stock_azure])
async def test_the_stock_client(quick: Server, package: Callable[[str], AsyncOpenAI]) -> None:
    """Its beta part sends the dialect's header; for Azure it takes Azure's path and key."""
    async with relaying(quick.url.removesuffix("/v1")) as url:
        await converse(package(url.replace("http", "ws", 1)))


async def converse(client: AsyncOpenAI) -> None:
    """Speak, and be answered."""
    words = read("lj_LJ001-0002")
    sound = microphone([(0.3, words)], 1.3 + len(words) / RATE)
    told: list[Any] = []
    async with client, client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
        await connection.session.update(session={"voice": "echo", "temperature": 0.7})
        await connection.input_audio_buffer.append(audio=encoded(sound))
        async for event in connection:
            told.append(event)
            if event.type == "response.done":
                break
    assert told[0].type == "session.created"
    assert told[0].session.model == "gpt-4o-realtime-preview"
    (updated,) = [event for event in told if event.type == "session.updated"]
    assert (updated.session.voice, updated.session.temperature) == ("echo", 0.7)
    deltas = [event.delta for event in told if event.type == "response.audio_transcript.delta"]
    (part,) = told[-1].response.output[0].content
    assert part.transcript == "".join(deltas)
    assert part.transcript.endswith(HEARD)
    sound_back = b"".join(
        base64.b64decode(event.delta) for event in told if event.type == "response.audio.delta"
    )
    assert len(sound_back) == len(part.transcript) * 60 * 48
