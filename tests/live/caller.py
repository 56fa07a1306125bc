"""A stock client in conversation: what it was told, and ways to speak and to wait."""

import asyncio
import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from openai import AsyncOpenAI
from openai.resources.realtime.realtime import AsyncRealtimeConnection

from recordings import RATE, Samples

PATIENCE_S = 30
PIECE_S = 0.1


class Caller:
    """Wraps a connection of the openai package; its events are of that package's types."""

    def __init__(self, connection: AsyncRealtimeConnection) -> None:
        self.connection = connection
        self.told: list[Any] = []

    async def until(self, kind: str) -> Any:
        """The next event of this kind."""
        try:
            async with asyncio.timeout(PATIENCE_S):
                while True:
                    event = await self.connection.recv()
                    self.told.append(event)
                    if event.type == kind:
                        return event
        except TimeoutError:
            raise AssertionError(f"no {kind} after {self.kinds()}") from None

    def kinds(self) -> list[str]:
        return [event.type for event in self.told]

    def all(self, kind: str) -> list[Any]:
        """What was told so far of this kind."""
        return [event for event in self.told if event.type == kind]

    def joined(self, kind: str) -> str:
        """The deltas of this kind, put together."""
        return "".join(event.delta for event in self.all(kind))

    def sound(self) -> bytes:
        """All sound that came: s16, 24 kHz."""
        return b"".join(map(decoded, self.all("response.output_audio.delta")))

    async def update(self, **session: Any) -> Any:
        """Change the session; the event that says so."""
        fields: Any = {"type": "realtime", **session}
        await self.connection.session.update(session=fields)
        return await self.until("session.updated")

    async def write(self, text: str) -> None:
        """Add a message to the conversation."""
        content: Any = [{"type": "input_text", "text": text}]
        await self.connection.conversation.item.create(
            item={"type": "message", "role": "user", "content": content}
        )

    async def ask(self, text: str) -> Any:
        """A written question, answered in writing; the end of the answer."""
        await self.write(text)
        await self.connection.response.create(response={"output_modalities": ["text"]})
        return await self.until("response.done")

    async def refused_update(self, **session: Any) -> Any:
        """Try to change the session; why that is refused."""
        fields: Any = {"type": "realtime", **session}
        await self.connection.session.update(session=fields)
        return (await self.until("error")).error

    async def respond(self, **response: Any) -> Any:
        """Ask for an answer that is to be so; the answer, done."""
        fields: Any = response
        await self.connection.response.create(response=fields)
        return (await self.until("response.done")).response

    async def speak(self, samples: Samples, *, in_real_time: bool = False) -> None:
        """Append sound in pieces, as fast as it goes or as a microphone gives it."""
        piece = int(PIECE_S * RATE)
        for start in range(0, len(samples), piece):
            if in_real_time:
                await asyncio.sleep(PIECE_S)
            await self.connection.input_audio_buffer.append(
                audio=encoded(samples[start : start + piece])
            )

    async def fall_silent(self, seconds: float = 1.0) -> None:
        await self.speak(np.zeros(int(seconds * RATE), np.int16))


@asynccontextmanager
async def calling(url: str, model: str = "gpt-realtime", **options: Any) -> AsyncIterator[Caller]:
    """A conversation with the server at a base URL, begun."""
    async with (
        AsyncOpenAI(base_url=url, api_key="sk-anything") as client,
        client.realtime.connect(model=model, **options) as connection,
    ):
        caller = Caller(connection)
        await caller.until("session.created")
        yield caller


def encoded(samples: Samples) -> str:
    return base64.b64encode(samples.tobytes()).decode()


def decoded(event: Any) -> bytes:
    """The sound in an audio delta."""
    return base64.b64decode(event.delta, validate=True)
