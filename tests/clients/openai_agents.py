"""openai-agents: an agent with a voice, its session and its runner."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

from agents import function_tool
from agents.realtime import RealtimeAgent, RealtimeRunner, RealtimeSession
from agents.realtime.model_inputs import RealtimeModelSendInterrupt

from clients.scene import KEY, WEATHER, Scene, Talk, play


class AgentTalk(Talk):
    def __init__(self, session: RealtimeSession) -> None:
        super().__init__()
        self.session = session

    async def write(self, text: str) -> None:
        await self.session.send_message(text)

    async def hear(self, piece: bytes) -> None:
        await self.session.send_audio(piece)

    async def stop(self) -> None:
        await self.session.interrupt()  # where the server stops answers, this only truncates
        await self.session.model.send_event(RealtimeModelSendInterrupt(force_response_cancel=True))

    async def listen(self) -> None:
        async for event in self.session:
            self._take(event)
            self.changes()

    def _take(self, event: Any) -> None:
        match event.type:
            case "audio":
                self.sounds(len(event.audio.data))
            case "audio_interrupted":
                self.told.interruptions += 1
            case "tool_end":
                self.told.calls.append(event.arguments)
            case "error":
                self.told.errors.append(str(event.error))
            case "history_updated":
                self.told.heard = list(_heard(event.history))
            case "raw_model_event":
                self._take_raw(event.data)

    def _take_raw(self, event: Any) -> None:
        match event.type:
            case "transcript_delta" | "output_text_delta":
                self.speaks(event.delta)
            case "turn_ended":
                self.ends()
            case "exception":
                self.told.errors.append(repr(event.exception))


def _heard(history: list[Any]) -> Iterator[str]:
    """What the client's history says the user said aloud."""
    for item in history:
        if item.type == "message" and item.role == "user":
            spoken = (part for part in item.content if part.type == "input_audio")
            yield from (part.transcript for part in spoken if part.transcript)


@function_tool  # type: ignore[untyped-decorator]
def get_weather(place: str) -> str:
    """Tells the weather."""
    return WEATHER


def settings(scene: Scene) -> dict[str, Any]:
    """The default is semantic detection, with transcripts by gpt-4o-mini-transcribe."""
    if scene.by_default:
        return {}
    return {"turn_detection": {"type": "server_vad", "interrupt_response": True}}


@asynccontextmanager
async def talking(scene: Scene) -> AsyncIterator[AgentTalk]:
    tools = [get_weather] if scene.has_tool else []
    agent = RealtimeAgent(name="Clerk", instructions="Be brief.", tools=tools)
    runner = RealtimeRunner(agent, config={"model_settings": settings(scene)})
    url = f"{scene.socket_url}/realtime?model=gpt-realtime"
    async with await runner.run(model_config={"url": url, "api_key": KEY}) as session:
        talk = AgentTalk(session)
        listening = asyncio.create_task(talk.listen())
        yield talk
        listening.cancel()


if __name__ == "__main__":
    play(talking)
