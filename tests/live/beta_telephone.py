"""A call by the beta client of the openai package, 1.x, in whose environment this is run.

`python -m live.beta_telephone URL INPUT OUTPUT SOUND` takes a base URL, the formats of both sides
in beta's words, and a file of sound in the first of them; it prints as JSON what a `Call` of
`test_telephone_speech` tells, sounds in base64.
"""

import asyncio
import base64
import json
import sys
from pathlib import Path
from typing import Any

from openai import AsyncOpenAI

PIECE = 960  # bytes
CUT_MS = 700


class Told:
    """Everything that the server says."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._events: list[Any] = []

    async def until(self, kind: str) -> Any:
        while True:
            event = await self._connection.recv()
            assert event.type != "error", event.error.message
            self._events.append(event)
            if event.type == kind:
                return event

    def only(self, kind: str) -> Any:
        (event,) = (event for event in self._events if event.type == kind)
        return event

    def sound(self) -> bytes:
        deltas = (each.delta for each in self._events if each.type == "response.audio.delta")
        return b"".join(map(base64.b64decode, deltas))

    async def kept(self, item_id: str) -> str:
        """The sound that the server keeps of an item."""
        await self._connection.conversation.item.retrieve(item_id=item_id)
        # The package has no type for this event: it gives the fields as they come.
        item = (await self.until("conversation.item.retrieved")).item
        part = item.content[0]
        audio: str = part["audio"] if isinstance(part, dict) else part.audio
        return audio


async def call(url: str, input_format: str, output_format: str, sound: bytes) -> dict[str, Any]:
    """Say it, be answered, and cut the answer short."""
    client = AsyncOpenAI(websocket_base_url=url.replace("http", "ws", 1), api_key="anything")
    async with client, client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
        told = Told(connection)
        session: Any = {
            "input_audio_format": input_format,
            "output_audio_format": output_format,
            "input_audio_transcription": {"model": "whisper-1"},
        }
        await connection.session.update(session=session)
        await told.until("session.updated")
        for start in range(0, len(sound), PIECE):
            audio = base64.b64encode(sound[start : start + PIECE]).decode()
            await connection.input_audio_buffer.append(audio=audio)
        (item,) = (await told.until("response.done")).response.output
        answer = told.sound()
        turn = told.only("input_audio_buffer.committed").item_id
        truncate = connection.conversation.item.truncate
        whole, said = await told.kept(item.id), await told.kept(turn)
        await truncate(item_id=item.id, content_index=0, audio_end_ms=CUT_MS)
        await told.until("conversation.item.truncated")
        completed = told.only("conversation.item.input_audio_transcription.completed")
        return {
            "started_ms": told.only("input_audio_buffer.speech_started").audio_start_ms,
            "stopped_ms": told.only("input_audio_buffer.speech_stopped").audio_end_ms,
            "heard": completed.transcript,
            "answered": item.content[0].transcript,
            "answer": base64.b64encode(answer).decode(),
            "answer_kept": whole,
            "answer_cut": await told.kept(item.id),
            "turn_kept": said,
        }


if __name__ == "__main__":
    url, input_format, output_format, file = sys.argv[1:]
    done = asyncio.run(call(url, input_format, output_format, Path(file).read_bytes()))
    sys.stdout.write(json.dumps(done) + "\n")
