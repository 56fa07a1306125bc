"""A Realtime server that plays a script: each line is said once enough sound has come in."""

import base64
import json
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

import picows

Event = dict[str, Any]


class Line(NamedTuple):
    """What is said when `after_ms` of sound at 24 kHz have been heard."""

    after_ms: int
    events: Sequence[Event]


class ScriptedServer(picows.WSListener):
    """One connection; `heard` are the client's events but for appends, `sound` is their audio."""

    def __init__(self, script: Sequence[Line], *, opening: Sequence[Event] | None = None) -> None:
        self.script = list(script)
        self.opening = [{"type": "session.created"}] if opening is None else opening
        self.heard: list[Event] = []
        self.sound = b""
        self.path = ""
        self.key = ""
        self.url = ""

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self.path = transport.request.path.decode()
        self.key = transport.request.headers.get("Authorization", "")
        self.say(transport, self.opening)

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type is not picows.WSMsgType.TEXT:
            transport.disconnect()
            return
        event = json.loads(frame.get_payload_as_bytes())
        if event["type"] == "input_audio_buffer.append":
            self.sound += base64.b64decode(event["audio"])
            while self.script and len(self.sound) >= self.script[0].after_ms * 48:
                self.say(transport, self.script.pop(0).events)
        else:
            self.heard.append(event)
            if event["type"] == "session.update":
                self.say(transport, [{"type": "session.updated"}])

    def say(self, transport: picows.WSTransport, events: Sequence[Event]) -> None:
        for event in events:
            if event["type"] == "close":
                transport.send_close(event["code"], event["reason"])
                transport.disconnect()
            elif event["type"] == "fragments":
                first, *rest = event["pieces"]
                transport.send(picows.WSMsgType.TEXT, first, fin=False)
                for number, piece in enumerate(rest, start=1):
                    last = number == len(rest)
                    transport.send(picows.WSMsgType.CONTINUATION, piece, fin=last)
            else:
                transport.send(picows.WSMsgType.TEXT, json.dumps(event))


@asynccontextmanager
async def serving(
    *script: Line, opening: Sequence[Event] | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[ScriptedServer]:
    """A running server, with its base URL as `url`."""
    listener = ScriptedServer(script, opening=opening)
    server = await picows.ws_create_server(
        lambda request: listener, "127.0.0.1", 0, ssl=tls, max_frame_size=1 << 24
    )
    port = server.sockets[0].getsockname()[1]
    listener.url = f"{'https' if tls else 'http'}://127.0.0.1:{port}/v1"
    async with server:
        yield listener


def turn(item_id: str, ends_ms: int, *, said: str, answer: str, pcm: bytes) -> list[Event]:
    """The events of one turn from the end of its speech to the end of its answer."""
    response = {"id": f"resp_{item_id}", "status": "completed"}
    piece = {"response_id": response["id"]}
    transcription = "conversation.item.input_audio_transcription.completed"
    audio = base64.b64encode(pcm).decode()
    return [
        {
            "type": "input_audio_buffer.speech_stopped",
            "item_id": item_id,
            "audio_end_ms": ends_ms,
        },
        {"type": "input_audio_buffer.committed", "item_id": item_id},
        {"type": "response.created", "response": response},
        {"type": transcription, "item_id": item_id, "transcript": said},
        {"type": "response.output_audio_transcript.delta", "delta": answer, **piece},
        {"type": "response.output_audio.delta", "delta": audio, **piece},
        {"type": "response.done", "response": response},
    ]


def started(item_id: str) -> Event:
    """The event that says a turn has begun."""
    return {"type": "input_audio_buffer.speech_started", "item_id": item_id, "audio_start_ms": 0}
