"""openai 1.x: the beta shape of the API."""

import asyncio
import base64
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI

from clients.scene import BYTES_PER_SECOND, KEY, WEATHER, Scene, Talk, play

GET_WEATHER = {
    "type": "function",
    "name": "get_weather",
    "description": "Tells the weather.",
    "parameters": {
        "type": "object",
        "properties": {"place": {"type": "string"}},
        "required": ["place"],
    },
}


class BetaTalk(Talk):
    """The client is a thin one: what its user's program does with the events, stands here."""

    def __init__(self, connection: Any) -> None:
        super().__init__()
        self.connection = connection
        self._answer = ""  # the item that is being played
        self._answer_bytes = 0
        self._answer_began = 0.0

    async def write(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        await self.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": content}
        )
        await self.connection.response.create()

    async def hear(self, piece: bytes) -> None:
        audio = base64.b64encode(piece).decode()
        await self.connection.input_audio_buffer.append(audio=audio)

    async def stop(self) -> None:
        await self.connection.response.cancel()

    async def listen(self) -> None:
        async for event in self.connection:
            await self._take(event)
            self.changes()

    async def _take(self, event: Any) -> None:
        match event.type:
            case "error":
                self.told.errors.append(event.error.message)
            case "conversation.item.input_audio_transcription.completed":
                self.told.heard.append(event.transcript)
            case "response.audio_transcript.delta" | "response.text.delta":
                self.speaks(event.delta)
            case "response.audio.delta":
                self._play(event.item_id, len(base64.b64decode(event.delta, validate=True)))
            case "response.output_item.done" if event.item.type == "function_call":
                await self._call(event.item)
            case "response.done":
                self.ends()
                if any(item.type == "function_call" for item in event.response.output):
                    await self.connection.response.create()
            case "input_audio_buffer.speech_started" if self._answer:
                await self._interrupt()

    def _play(self, item_id: str, size: int) -> None:
        if item_id != self._answer:
            self._answer, self._answer_bytes, self._answer_began = item_id, 0, time.monotonic()
        self._answer_bytes += size
        self.sounds(size)

    async def _call(self, item: Any) -> None:
        self.told.calls.append(item.arguments)
        await self.connection.conversation.item.create(
            item={"type": "function_call_output", "call_id": item.call_id, "output": WEATHER}
        )

    async def _interrupt(self) -> None:
        """Stop the player, and have what was not heard forgotten."""
        self.told.interruptions += 1
        sent_ms = self._answer_bytes * 1000 // BYTES_PER_SECOND
        played_ms = int((time.monotonic() - self._answer_began) * 1000)
        await self.connection.conversation.item.truncate(
            item_id=self._answer, content_index=0, audio_end_ms=min(sent_ms, played_ms)
        )
        await self.connection.conversation.item.retrieve(item_id=self._answer)


def session(scene: Scene) -> dict[str, Any]:
    """By default the server's own detection is at work, and only transcripts are asked for."""
    fields: dict[str, Any] = {"input_audio_transcription": {"model": "whisper-1"}}
    if not scene.by_default:
        fields |= {
            "modalities": ["text", "audio"],
            "instructions": "Be brief.",
            "voice": "alloy",
            "input_audio_format": "pcm16",
            "output_audio_format": "pcm16",
            "turn_detection": {"type": "server_vad", "silence_duration_ms": 500},
            "temperature": 0.8,
        }
    if scene.has_tool:
        fields |= {"tools": [GET_WEATHER], "tool_choice": "auto"}
    return fields


def connected(scene: Scene) -> Any:
    client = AsyncOpenAI(base_url=scene.url, api_key=KEY)
    return client.beta.realtime.connect(model="gpt-4o-realtime-preview-2024-10-01")


@asynccontextmanager
async def talking(
    scene: Scene, connected: Callable[[Scene], Any] = connected
) -> AsyncIterator[BetaTalk]:
    async with connected(scene) as connection:
        talk = BetaTalk(connection)
        listening = asyncio.create_task(talk.listen())
        await connection.session.update(session=session(scene))
        yield talk
        listening.cancel()


if __name__ == "__main__":
    play(talking)
