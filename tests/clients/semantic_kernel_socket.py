"""semantic-kernel: its realtime client by WebSocket, with a plugin for the function."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from openai import AsyncOpenAI
from semantic_kernel import Kernel
from semantic_kernel.connectors.ai.function_choice_behavior import FunctionChoiceBehavior
from semantic_kernel.connectors.ai.open_ai import (
    ListenEvents,
    OpenAIRealtimeExecutionSettings,
    OpenAIRealtimeWebsocket,
    SendEvents,
)
from semantic_kernel.connectors.ai.open_ai.prompt_execution_settings import (
    open_ai_realtime_execution_settings as fields,
)
from semantic_kernel.connectors.ai.realtime_client_base import RealtimeClientBase as RealtimeClient
from semantic_kernel.contents import AudioContent, RealtimeTextEvent, TextContent
from semantic_kernel.contents.realtime_events import (
    RealtimeAudioEvent,
    RealtimeEvent,
    RealtimeFunctionCallEvent,
)
from semantic_kernel.functions import kernel_function

from clients.scene import BYTES_PER_SECOND, KEY, WEATHER, Scene, Talk, play


class Weather:
    @kernel_function(name="weather", description="Tells the weather.")  # type: ignore[untyped-decorator]
    def weather(self, place: str) -> str:
        return WEATHER


class KernelTalk(Talk):
    def __init__(self, client: RealtimeClient) -> None:
        super().__init__()
        self.client = client
        self._item_id = ""
        self._item_bytes = 0

    async def write(self, text: str) -> None:
        await self.client.send(RealtimeTextEvent(service_type="", text=TextContent(text=text)))
        await self.client.send(RealtimeEvent(service_type=SendEvents.RESPONSE_CREATE))

    async def hear(self, piece: bytes) -> None:
        audio = AudioContent(data=piece, data_format="base64")
        await self.client.send(RealtimeAudioEvent(audio=audio))

    async def stop(self) -> None:
        await self.client.send(RealtimeEvent(service_type=SendEvents.RESPONSE_CANCEL))

    async def listen(self) -> None:
        async for event in self.client.receive():
            match event:
                case RealtimeAudioEvent():
                    self._sounds(event)
                case RealtimeTextEvent():
                    self.speaks(event.text.text)
                case RealtimeFunctionCallEvent() if isinstance(event.function_call.arguments, str):
                    if event.service_type == ListenEvents.RESPONSE_FUNCTION_CALL_ARGUMENTS_DONE:
                        self.told.calls.append(event.function_call.arguments)
                case _:
                    await self._take(event.service_type, event.service_event)
            self.changes()

    def _sounds(self, event: Any) -> None:
        delta = event.service_event
        if delta.item_id != self._item_id:
            self._item_id, self._item_bytes = delta.item_id, 0
        size = len(event.audio.data)
        self._item_bytes += size
        self.sounds(size)

    async def _take(self, kind: Any, event: Any) -> None:
        match kind:
            case ListenEvents.RESPONSE_DONE:
                self.ends()
            case ListenEvents.ERROR:
                self.told.errors.append(str(event.error))
            case ListenEvents.CONVERSATION_ITEM_INPUT_AUDIO_TRANSCRIPTION_COMPLETED:
                self.told.heard.append(event.transcript)
            case ListenEvents.INPUT_AUDIO_BUFFER_SPEECH_STARTED if self._item_id:
                await self._truncate()

    async def _truncate(self) -> None:
        """As the package's samples do, when the user speaks while the player is at work."""
        self.told.interruptions += 1
        heard_ms = self._item_bytes * 1000 // BYTES_PER_SECOND
        await self.client.send(
            RealtimeEvent(
                service_type=SendEvents.CONVERSATION_ITEM_TRUNCATE,
                service_event={"item_id": self._item_id, "audio_end_ms": heard_ms},
            )
        )


def settings(scene: Scene) -> OpenAIRealtimeExecutionSettings:
    """The package has no defaults of its own; what its users choose most stands for them."""
    transcription = fields.InputAudioTranscription(model="gpt-4o-mini-transcribe")
    detection = fields.TurnDetection(
        type="server_vad", create_response=True, interrupt_response=True
    )
    return OpenAIRealtimeExecutionSettings(
        instructions="Be brief.",
        voice="alloy",
        input_audio_transcription=transcription,
        turn_detection=fields.TurnDetection(type="semantic_vad") if scene.by_default else detection,
        function_choice_behavior=FunctionChoiceBehavior.Auto() if scene.has_tool else None,
    )


def openai_client(scene: Scene) -> OpenAIRealtimeWebsocket:
    openai = AsyncOpenAI(base_url=scene.url, api_key=KEY)
    return OpenAIRealtimeWebsocket(ai_model_id="gpt-realtime", client=openai)


@asynccontextmanager
async def talking(
    scene: Scene, client: Callable[[Scene], RealtimeClient] = openai_client
) -> AsyncIterator[KernelTalk]:
    kernel = Kernel()
    if scene.has_tool:
        kernel.add_plugin(Weather(), plugin_name="get")
    async with client(scene)(settings=settings(scene), kernel=kernel) as connected:
        talk = KernelTalk(connected)
        listening = asyncio.create_task(talk.listen())
        yield talk
        listening.cancel()


if __name__ == "__main__":
    play(talking)
