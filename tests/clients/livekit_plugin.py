"""livekit-plugins-openai: an agent session around its realtime model, without a room."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
from livekit import rtc
from livekit.agents import Agent, AgentSession, function_tool
from livekit.agents.voice.io import AudioInput, AudioOutput, AudioOutputCapabilities
from livekit.plugins.openai.realtime import RealtimeModel
from openai.types.realtime.realtime_audio_input_turn_detection import ServerVad

from clients.scene import KEY, WEATHER, Scene, Talk, play

RATE = 24_000


class Microphone(AudioInput):  # type: ignore[misc]
    def __init__(self) -> None:
        super().__init__(label="microphone")
        self._frames: asyncio.Queue[rtc.AudioFrame] = asyncio.Queue()

    def put(self, pcm: bytes) -> None:
        self._frames.put_nowait(rtc.AudioFrame(pcm, RATE, 1, len(pcm) // 2))

    async def __anext__(self) -> rtc.AudioFrame:
        return await self._frames.get()


class Loudspeaker(AudioOutput):  # type: ignore[misc]
    """Plays into nothing: at the pace of sound, or all at once."""

    def __init__(self, talk: "SessionTalk", *, paced: bool) -> None:
        capabilities = AudioOutputCapabilities(pause=False)
        super().__init__(label="loudspeaker", capabilities=capabilities, sample_rate=RATE)
        self._talk = talk
        self._paced = paced
        self._began: float | None = None
        self._pushed_s = 0.0
        self._end: asyncio.TimerHandle | None = None

    async def capture_frame(self, frame: rtc.AudioFrame) -> None:
        await super().capture_frame(frame)
        if self._began is None:
            self._began = time.time()
            self.on_playback_started(created_at=self._began)
        self._pushed_s += frame.duration
        self._talk.sounds(len(bytes(frame.data)))

    def flush(self) -> None:
        super().flush()
        if self._began is not None:
            left = self._began + self._pushed_s - time.time() if self._paced else 0
            loop = asyncio.get_running_loop()
            self._end = loop.call_later(max(0, left), self._finish, self._pushed_s, False)

    def clear_buffer(self) -> None:
        if self._began is not None:
            self._talk.told.interruptions += 1
            self._finish(min(self._pushed_s, time.time() - self._began), True)

    def _finish(self, position: float, interrupted: bool) -> None:
        if self._end is not None:
            self._end.cancel()
        self._began, self._pushed_s, self._end = None, 0.0, None
        self.on_playback_finished(playback_position=position, interrupted=interrupted)


class SessionTalk(Talk):
    def __init__(self, session: AgentSession) -> None:
        super().__init__()
        self.session = session
        self.microphone = Microphone()
        session.on("user_input_transcribed", self._take_transcript)
        session.on("conversation_item_added", self._take_item)
        session.on("function_tools_executed", self._take_calls)
        session.on("error", self._take_error)

    async def write(self, text: str) -> None:
        self.session.generate_reply(user_input=text)

    async def hear(self, piece: bytes) -> None:
        self.microphone.put(piece)

    async def stop(self) -> None:
        await self.session.interrupt()

    def _take_transcript(self, event: Any) -> None:
        if event.is_final:
            self.told.heard.append(event.transcript)
            self.changes()

    def _take_item(self, event: Any) -> None:
        if event.item.type == "message" and event.item.role == "assistant":
            self.speaks(event.item.text_content or "")
            self.ends()

    def _take_calls(self, event: Any) -> None:
        self.told.calls += [call.arguments for call in event.function_calls]
        self.changes()

    def _take_error(self, event: Any) -> None:
        self.told.errors.append(str(event.error))
        self.changes()


@function_tool  # type: ignore[untyped-decorator]
async def get_weather(place: str) -> str:
    """Tells the weather."""
    return WEATHER


def turn_detection(scene: Scene) -> dict[str, Any]:
    """The default is semantic detection of medium eagerness, with transcripts."""
    if scene.by_default:
        return {}
    detection = ServerVad(type="server_vad", create_response=True, interrupt_response=True)
    return {"turn_detection": detection}


def openai_model(scene: Scene, http: aiohttp.ClientSession) -> RealtimeModel:
    return RealtimeModel(
        base_url=scene.url, api_key=KEY, http_session=http, **turn_detection(scene)
    )


@asynccontextmanager
async def talking(
    scene: Scene,
    model: Callable[[Scene, aiohttp.ClientSession], RealtimeModel] = openai_model,
) -> AsyncIterator[SessionTalk]:
    agent = Agent(instructions="Be brief.", tools=[get_weather] if scene.has_tool else [])
    async with aiohttp.ClientSession() as http:
        session = AgentSession(llm=model(scene, http), vad=None, aec_warmup_duration=None)
        talk = SessionTalk(session)
        session.input.audio = talk.microphone
        session.output.audio = Loudspeaker(talk, paced=scene.name in ("cancelled", "interrupted"))
        await session.start(agent, record=False)
        yield talk
        await session.aclose()


if __name__ == "__main__":
    play(talking)
