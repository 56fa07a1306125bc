"""pipecat-ai: its OpenAI Realtime service in a pipeline between a transport's two ends."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from pipecat.frames.frames import (
    ErrorFrame,
    Frame,
    InputAudioRawFrame,
    InterruptionFrame,
    LLMFullResponseEndFrame,
    LLMMessagesAppendFrame,
    LLMRunFrame,
    LLMTextFrame,
    OutputAudioRawFrame,
    TranscriptionFrame,
    TTSAudioRawFrame,
)
from pipecat.observers.base_observer import BaseObserver, FramePushed
from pipecat.pipeline.pipeline import Pipeline
from pipecat.pipeline.worker import PipelineParams, PipelineWorker
from pipecat.processors.aggregators.llm_context import LLMContext
from pipecat.processors.aggregators.llm_response_universal import LLMContextAggregatorPair
from pipecat.services.llm_service import FunctionCallParams
from pipecat.services.openai.realtime import events
from pipecat.services.openai.realtime.llm import OpenAIRealtimeLLMService
from pipecat.transports.base_output import BaseOutputTransport
from pipecat.transports.base_transport import TransportParams
from pipecat.workers.runner import WorkerRunner

from clients.scene import KEY, WEATHER, Scene, Talk, Told, play

RATE = 24_000


class Loudspeaker(BaseOutputTransport):  # type: ignore[misc]
    """A transport's output that takes as long as playing takes."""

    def __init__(self) -> None:
        super().__init__(TransportParams(audio_out_enabled=True, audio_out_end_silence_secs=0))

    async def start(self, frame: Any) -> None:
        await super().start(frame)
        await self.set_transport_ready(frame)

    async def write_audio_frame(self, frame: OutputAudioRawFrame) -> bool:
        await asyncio.sleep(frame.num_frames / frame.sample_rate)
        return True


class PipelineTalk(Talk, BaseObserver):  # type: ignore[misc]
    def __init__(self, service: OpenAIRealtimeLLMService) -> None:
        Talk.__init__(self)
        BaseObserver.__init__(self)
        self.service = service
        self.worker: Any = None
        self._has_written = False

    async def write(self, text: str) -> None:
        frame = LLMMessagesAppendFrame([{"role": "user", "content": text}], run_llm=True)
        if self._has_written:  # the service answers nothing that comes by the user's side again
            await self.service.queue_frame(frame)
        else:
            await self.worker.queue_frames([frame])
        self._has_written = True

    async def hear(self, piece: bytes) -> None:
        await self.worker.queue_frames([InputAudioRawFrame(piece, RATE, 1)])

    async def stop(self) -> None:
        await self.service.send_client_event(events.ResponseCancelEvent())

    async def be_greeted(self) -> None:
        """Let the conversation begin with an answer, for only so does the service set it up."""
        await self.worker.queue_frames([LLMRunFrame()])
        await self.until(lambda told: told.said, "a greeting")
        self.told = Told()

    async def on_push_frame(self, data: FramePushed) -> None:
        if data.source is self.service:
            self._take(data.frame)
            self.changes()

    def _take(self, frame: Frame) -> None:
        match frame:
            case TTSAudioRawFrame():
                self.sounds(len(frame.audio))
            case LLMTextFrame():
                self.speaks(frame.text)
            case LLMFullResponseEndFrame():
                self.ends()
            case TranscriptionFrame():
                self.told.heard.append(frame.text)
            case InterruptionFrame():
                self.told.interruptions += 1
            case ErrorFrame():
                self.told.errors.append(frame.error)


async def get_weather(params: FunctionCallParams, place: str) -> None:
    """Tell the weather.

    Args:
        place: Where.
    """
    params.app_resources.append(json.dumps({"place": place}))
    await params.result_callback(WEATHER)


def settings(scene: Scene) -> OpenAIRealtimeLLMService.Settings:
    """By default nothing is asked for; transcripts are, for without them nothing can be judged."""
    heeding = events.AudioInput(
        transcription=events.InputAudioTranscription(),
        turn_detection=None if scene.by_default else events.TurnDetection(),
    )
    session = events.SessionProperties(audio=events.AudioConfiguration(input=heeding))
    return OpenAIRealtimeLLMService.Settings(
        session_properties=session, system_instruction="Be brief."
    )


def openai_service(scene: Scene) -> OpenAIRealtimeLLMService:
    return OpenAIRealtimeLLMService(
        api_key=KEY, base_url=f"{scene.socket_url}/realtime", settings=settings(scene)
    )


@asynccontextmanager
async def talking(
    scene: Scene, service: Callable[[Scene], OpenAIRealtimeLLMService] = openai_service
) -> AsyncIterator[PipelineTalk]:
    talk = PipelineTalk(service(scene))
    context = LLMContext(tools=[get_weather] if scene.has_tool else [])
    users, assistants = LLMContextAggregatorPair(context)
    talk.worker = PipelineWorker(
        Pipeline([users, talk.service, Loudspeaker(), assistants]),
        params=PipelineParams(audio_in_sample_rate=RATE, audio_out_sample_rate=RATE),
        observers=[talk],
        app_resources=talk.told.calls,
    )
    runner = WorkerRunner(handle_sigint=False)
    await runner.add_workers(talk.worker)
    running = asyncio.create_task(runner.run())
    if scene.begins_aloud:
        await talk.be_greeted()
    yield talk
    await runner.cancel()
    await running


if __name__ == "__main__":
    play(talking)
