"""A host of engines on a free port of loopback, doubles of engines, and a stock client."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from msgspec import structs
from openai import AsyncOpenAI

from repartee.engines.fake import FakeRecognizer, FakeSynthesizer
from repartee.engines.protocols import Recognizer, Speech, Synthesizer, Words
from repartee.hosting.routes import Host, application, work
from repartee.protocol.prompt import Hints, VoiceChoice
from repartee.server.access import access
from repartee.server.drain import drain
from repartee.server.edge import Edge
from repartee.server.front_door import FrontDoor
from repartee.settings import Limits
from repartee.speech.wav import endless_header
from repartee.usage.recorder import Recorder
from server.doorway import Doorway, furnished


class PatientVoice:
    """Speaks each piece as 100 ms of sound, and waits before every piece but the first."""

    rate = 24_000

    def __init__(self) -> None:
        self.choices: list[VoiceChoice] = []
        self.begun, self.may_go_on, self.stopped = (asyncio.Event() for _ in range(3))

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        self.choices.append(voice)
        self.begun.set()
        try:
            async for piece in text:
                if not piece.startswith("First"):
                    await self.may_go_on.wait()
                yield Speech(bytes(4800), piece)
        finally:
            self.stopped.set()


class PatientEars:
    """Takes all sound, and then waits."""

    rate = 16_000

    def __init__(self) -> None:
        self.hints = Hints()
        self.heard = 0
        self.complete, self.stopped = asyncio.Event(), asyncio.Event()

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        self.hints = hints
        try:
            async for chunk in audio:
                self.heard += len(chunk)
            yield Words("Well", stable=4)
            self.complete.set()
            await asyncio.Event().wait()
        finally:
            self.stopped.set()


@asynccontextmanager
async def hosting(
    voice: Synthesizer | None = None, ears: Recognizer | None = None, **server: Any
) -> AsyncIterator[Doorway]:
    """Serve these engines, fakes where none is given; at the end nothing is left."""
    patient = Limits(ears_s=600, voice_s=600)  # so that nobody else stops an engine in time
    settings = structs.replace(furnished(**server), limits=patient)
    host = Host(settings, voice or FakeSynthesizer(), ears or FakeRecognizer())
    edge = Edge(settings, access(settings), Recorder(None), work=work(host))
    pages = application(edge, host)
    listener = await asyncio.get_running_loop().create_server(
        lambda: FrontDoor(edge, pages), "127.0.0.1", 0
    )
    door = Doorway(listener.sockets[0].getsockname()[1], edge)
    try:
        yield door
    finally:
        for client in door.clients:
            await client.close()
        listener.close()
        await drain(edge, 0, asyncio.Event())
        assert (len(edge.doors), len(edge.tasks)) == (0, 0)


@asynccontextmanager
async def stock(door: Doorway, key: str = "any") -> AsyncIterator[AsyncOpenAI]:
    """The stock client, which asks once."""
    url = f"http://127.0.0.1:{door.port}/v1"
    async with AsyncOpenAI(base_url=url, api_key=key, max_retries=0) as client:
        yield client


def wav(seconds: float = 1.0, rate: int = 16_000) -> bytes:
    """A file with a tone."""
    times = np.arange(round(seconds * rate)) / rate
    tone = (np.sin(2 * np.pi * 440 * times) * 8000).astype("<i2").tobytes()
    return endless_header(rate) + tone


def upload(file: bytes | None, **fields: str) -> tuple[str, bytes]:
    """The header lines of a form, and its body."""
    parts = [
        f'--edge\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
        for name, value in fields.items()
    ]
    if file is not None:
        head = 'Content-Disposition: form-data; name="file"; filename="a.wav"'
        parts.append(f"--edge\r\n{head}\r\n\r\n".encode() + file + b"\r\n")
    body = b"".join([*parts, b"--edge--\r\n"])
    return "Content-Type: multipart/form-data; boundary=edge", body
