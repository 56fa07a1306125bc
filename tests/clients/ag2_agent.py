"""ag2: a live agent over OpenAI's realtime API."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from ag2.events import (
    ModelMessageChunk,
    ModelResponse,
    RecordedAudioEvent,
    SynthesizedAudioEvent,
    ToolCallEvent,
    TranscriptionCompletedEvent,
)
from ag2.live import LiveAgent, OpenAIRealTimeConfig
from ag2.live.openai import InputConfig
from openai import AsyncOpenAI

from clients.scene import KEY, WEATHER, Scene, Talk, play


class LiveTalk(Talk):
    """The agent listens and speaks; it cannot be written to, nor be stopped but by a voice."""

    writes = False

    def __init__(self, context: Any) -> None:
        super().__init__()
        self.context = context

    async def hear(self, piece: bytes) -> None:
        await self.context.send(RecordedAudioEvent(piece))

    async def take(self, event: Any) -> None:
        match event:
            case SynthesizedAudioEvent():
                self.sounds(len(event.content))
            case ModelMessageChunk():
                self.speaks(event.content)
            case ModelResponse():
                self.ends()
            case ToolCallEvent():
                self.told.calls.append(event.arguments)
            case TranscriptionCompletedEvent():
                self.told.heard.append(event.content)
        self.changes()


def get_weather(place: str) -> str:
    """Tells the weather."""
    return WEATHER


def heeding(scene: Scene) -> InputConfig:
    """How the microphone is listened to; the default is semantic detection."""
    transcription: Any = {"model": "whisper-1"}
    if scene.by_default:
        return InputConfig(transcription=transcription)
    return InputConfig(transcription=transcription, turn_detection={"type": "server_vad"})


@asynccontextmanager
async def talking(scene: Scene) -> AsyncIterator[LiveTalk]:
    openai = AsyncOpenAI(base_url=scene.url, api_key=KEY)
    config = OpenAIRealTimeConfig("gpt-realtime", input=heeding(scene), client=openai)
    tools = [get_weather] if scene.has_tool else []
    agent = LiveAgent("clerk", "Be brief.", config=config, tools=tools)
    async with agent.run() as context:
        talk = LiveTalk(context)
        context.stream.subscribe(talk.take)
        yield talk


if __name__ == "__main__":
    play(talking)
