"""A telephone for a Realtime server: callers talk with an agent through a provider's media stream.

    python phone_bridge.py --url http://127.0.0.1:8000/v1 --greeting "Hello, how can I help?"

listens for the WebSockets that a telephony provider opens, one for each call, in the protocol of
Twilio's Media Streams (https://www.twilio.com/docs/voice/media-streams/websocket-messages), which
others speak, too.  Each call gets a session of its own.  Both sides use G.711 mu-law at 8 kHz, so
that sound is passed on as it comes.  docs/howto/phone.md tells how to connect a number.
"""

import argparse
import asyncio
import hmac
import json
import logging
import os
import signal
from base64 import b64decode
from collections import defaultdict, deque
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple

from openai import AsyncOpenAI, OpenAIError
from openai.resources.realtime.realtime import AsyncRealtimeConnection
from openai.types.realtime import RealtimeAudioConfigParam, ResponseAudioDeltaEvent
from openai.types.realtime.realtime_audio_formats_param import AudioPCMU
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, WebSocketException

MU_LAW: AudioPCMU = {"type": "audio/pcmu"}
BYTES_PER_MS = 8
BEGIN_S = 10  # how long the server may take to set a session up
FORBIDDEN, FAILED = 1008, 1011  # how a call's WebSocket is closed

Part = tuple[str, int]  # of the conversation: an item's id, and the place in its content
log = logging.getLogger("phone_bridge")


class SessionFailed(Exception):
    """The server ended the session, or did not take what it was to be."""


@dataclass(frozen=True)
class Settings:
    """Where the agent is, and what it is like."""

    url: str
    key: str
    model: str
    voice: str
    instructions: str
    greeting: str  # what the agent says first; if empty, the caller speaks first
    secret: str  # what a call's parameter `secret` has to be; if empty, anybody may call


class Stretch(NamedTuple):
    """Sound that the phone was sent, and has not said to have played."""

    mark: int
    part: Part
    length_ms: float


class Playout:
    """What of the agent's sound the caller has heard.

    The phone plays what it is sent in order, and sends a mark back when all before it was played.
    In between, the caller's own sound tells the time: while a second of it comes in, a second of
    the agent's goes out.  `now` counts its milliseconds since the call began.
    """

    def __init__(self) -> None:
        self._waiting: deque[Stretch] = deque()
        self._since = 0  # when the first of them began to be played
        self._sent_ms: defaultdict[Part, float] = defaultdict(float)
        self._marks = 0

    def send(self, delta: ResponseAudioDeltaEvent, now: int) -> str:
        """The delta goes to the phone; the name of the mark that is to follow it."""
        part = (delta.item_id, delta.content_index)
        length = len(b64decode(delta.delta)) / BYTES_PER_MS
        if not self._waiting:
            self._since = now
        self._sent_ms[part] += length
        self._marks += 1
        self._waiting.append(Stretch(self._marks, part, length))
        return str(self._marks)

    def played(self, mark: str, now: int) -> None:
        """The phone sends a mark back; those of sound that was cut off mean nothing any more."""
        while self._waiting and self._waiting[0].mark <= int(mark):
            self._waiting.popleft()
            self._since = now

    def cut(self, now: int) -> dict[Part, int]:
        """Nothing more is played: the milliseconds heard of each part that is cut short by it."""
        left = float(now - self._since)
        heard: dict[Part, float] = {}
        for _, part, length in self._waiting:
            of_this = min(left, length)
            left -= of_this
            heard[part] = heard.get(part, self._sent_ms[part]) - (length - of_this)
        self._waiting.clear()
        return {part: int(end) for part, end in heard.items()}


class Call:
    """One call: the phone on one side, the agent's session on the other."""

    def __init__(self, phone: ServerConnection, stream: str, session: AsyncRealtimeConnection):
        self._phone, self._stream, self._session = phone, stream, session
        self._playout = Playout()
        self._now = 0  # ms of the caller's sound since the call began
        self._speaking = self._cut_off = ""  # the response that sounded last, and the last cut off

    async def hold(self, settings: Settings, events: AsyncIterator[dict[str, Any]]) -> None:
        """Carry sound both ways until the caller hangs up; raises SessionFailed and others."""
        async with asyncio.timeout(BEGIN_S):
            await self._begin(settings)
        async with asyncio.TaskGroup() as group:
            speaking = group.create_task(self._speak())
            await self._listen(events)
            speaking.cancel()

    async def _begin(self, settings: Settings) -> None:
        """Make the session a telephone's, and let the agent speak first."""
        audio: RealtimeAudioConfigParam = {
            "input": {"format": MU_LAW, "turn_detection": {"type": "server_vad"}},
            "output": {"format": MU_LAW, "voice": settings.voice},
        }
        task = settings.instructions
        update = self._session.session.update
        await update(session={"type": "realtime", "instructions": task, "audio": audio})
        while (event := await self._session.recv()).type != "session.updated":
            if event.type == "error":
                raise SessionFailed(event.error.message)
        if settings.greeting:
            say = f"{task}\n\nBegin the call now. Say: {settings.greeting}"
            await self._session.response.create(response={"instructions": say})

    async def _listen(self, events: AsyncIterator[dict[str, Any]]) -> None:
        """Take what the phone sends, until the caller hangs up."""
        async for event in events:
            match event:
                case {"event": "media", "media": {"payload": sound, "timestamp": timestamp}}:
                    self._now = int(timestamp)
                    await self._session.input_audio_buffer.append(audio=sound)
                case {"event": "mark", "mark": {"name": name}}:
                    self._playout.played(name, self._now)
                case {"event": "stop"}:
                    return

    async def _speak(self) -> None:
        """Take what the session tells, until it ends, which is not for it to do."""
        async for event in self._session:
            match event.type:
                case "response.output_audio.delta" if event.response_id != self._cut_off:
                    self._speaking = event.response_id
                    mark = self._playout.send(event, self._now)
                    await self._tell("media", media={"payload": event.delta})
                    await self._tell("mark", mark={"name": mark})
                case "input_audio_buffer.speech_started":
                    await self._interrupt()
                case "error":
                    log.warning("the server refuses: %s", event.error.message)
        raise SessionFailed("the server has ended the session")

    async def _interrupt(self) -> None:
        """The caller speaks: be silent, and have the agent forget what the caller has not heard."""
        self._cut_off = self._speaking  # what is still on its way of it came too late
        truncate = self._session.conversation.item.truncate
        if cuts := self._playout.cut(self._now):
            await self._tell("clear")
        for (item_id, index), heard_ms in cuts.items():
            await truncate(item_id=item_id, content_index=index, audio_end_ms=heard_ms)

    async def _tell(self, kind: str, **fields: Any) -> None:
        """Send the phone an event; if it has gone, `_listen` finds out."""
        with suppress(ConnectionClosed):
            await self._phone.send(json.dumps({"event": kind, "streamSid": self._stream, **fields}))


async def events_of(phone: ServerConnection) -> AsyncIterator[dict[str, Any]]:
    """What the phone sends, until it closes its WebSocket in whichever way."""
    with suppress(ConnectionClosed):
        async for frame in phone:
            yield json.loads(frame)


async def answer(settings: Settings, phone: ServerConnection) -> None:
    """Take one call; where its session fails, the phone's WebSocket is closed with 1011.

    A provider then goes on with what it was told to do after the stream: say so to the caller.
    """
    events = events_of(phone)
    async for event in events:
        if event["event"] == "start":
            break
    else:
        return
    shown = event["start"].get("customParameters", {}).get("secret", "")
    if settings.secret and not hmac.compare_digest(shown.encode(), settings.secret.encode()):
        await phone.close(FORBIDDEN, "the parameter `secret` is wrong")
        return
    log.info("a call begins")
    try:
        async with (
            AsyncOpenAI(base_url=settings.url, api_key=settings.key) as client,
            client.realtime.connect(model=settings.model) as session,
        ):
            await Call(phone, event["start"]["streamSid"], session).hold(settings, events)
    except* (SessionFailed, OpenAIError, WebSocketException, OSError) as failures:
        log.error("a call ends, for its session fails: %s", failures.exceptions[0])
        await phone.close(FAILED, "the session has failed")
    else:
        log.info("a call ends")


async def run(settings: Settings, host: str, port: int) -> None:
    """Take calls until SIGTERM, which ends those that are under way."""
    async with serve(partial(answer, settings), host, port) as server:
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, server.close)
        log.info("calls are taken at ws://%s:%d", *next(iter(server.sockets)).getsockname()[:2])
        await server.wait_closed()


def main() -> None:
    """The command: what its arguments do not say is taken from the environment."""
    known = os.environ.get
    command = argparse.ArgumentParser(description="Lets callers talk with a Realtime server.")
    command.add_argument("--host", default="127.0.0.1")
    command.add_argument("--port", type=int, default=8080)
    command.add_argument("--url", default=known("OPENAI_BASE_URL", "http://127.0.0.1:8000/v1"))
    defaults = {"model": "gpt-realtime", "voice": "marin", "greeting": ""}
    defaults["instructions"] = "You are on the phone. Answer briefly."
    for name, default in defaults.items():
        command.add_argument(f"--{name}", default=known(f"PHONE_{name.upper()}", default))
    command.set_defaults(key=known("OPENAI_API_KEY", "none"), secret=known("PHONE_SECRET", ""))
    told = vars(command.parse_args())
    host, port = told.pop("host"), told.pop("port")
    logging.basicConfig(level=logging.INFO, format="%(message)s")
    asyncio.run(run(Settings(**told), host, port))


if __name__ == "__main__":
    main()
