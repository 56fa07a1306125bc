"""Speech and transcription servers, scripted: the good ones, and what their sound is made of."""

import base64
import json
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import numpy as np
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed

from conformance.scripted import CREATED, say, talking
from engines.endpoint import Exchange, Request, gives_json, lists, says

PCM = "Content-Type: audio/pcm\r\n"
WAV = "Content-Type: audio/wav\r\n"
MS_PER_CHARACTER = 40


def tone(ms: float, rate: int = 24_000) -> bytes:
    times = np.arange(int(ms * rate / 1000)) / rate
    samples: bytes = (np.sin(2 * np.pi * 220 * times) * 8000).astype("<i2").tobytes()
    return samples


def wav(pcm: bytes, rate: int = 24_000, size: int | None = None, channels: int = 1) -> bytes:
    """A WAV file; `size` is what its header says of the sound's."""
    size = len(pcm) if size is None else size
    form = struct.pack("<HHIIHH", 1, channels, rate, 2 * rate, 2, 16)
    head = struct.pack("<4sI4s4sI", b"RIFF", (36 + size) % 2**32, b"WAVE", b"fmt ", 16) + form
    return (
        head + struct.pack("<4sI", b"LIST", 3) + b"odd\0" + struct.pack("<4sI", b"data", size) + pcm
    )


async def speaks(request: Request, exchange: Exchange) -> None:
    """A good speech server: so many milliseconds a character, in packets of 100."""
    if request.method == "GET":
        await lists("hum")(request, exchange)
        return
    pcm = tone(len(request.body["input"]) * MS_PER_CHARACTER)
    parts = (pcm[begin : begin + 4800] for begin in range(0, len(pcm), 4800))
    await says(*parts, headers=PCM)(request, exchange)


async def transcribes(request: Request, exchange: Exchange) -> None:
    """A good transcription server: tells how much it heard."""
    if request.method == "GET":
        await lists("scribe")(request, exchange)
        return
    await gives_json({"text": told(len(request.body["file"]) - 44)})(request, exchange)


def told(size: int) -> str:
    return f" {size // 2} samples heard.\n"


@asynccontextmanager
async def transcribing_socket() -> AsyncIterator[str]:
    """A good Realtime server for transcription: what it heard, as deltas and as a whole."""
    async with talking(_listen) as url:
        yield url


async def _listen(connection: ServerConnection) -> None:
    sound, kind = b"", "conversation.item.input_audio_transcription"
    await say(connection, CREATED)
    with suppress(ConnectionClosed):
        async for frame in connection:
            event = json.loads(frame)
            sound += base64.b64decode(event.get("audio", ""))
            if event["type"] != "input_audio_buffer.commit":
                continue
            text = f"{len(sound) // 4800} tenths of a second." if any(sound) else ""
            for word in text.split():
                await say(connection, {"type": f"{kind}.delta", "delta": f" {word}"})
            await say(connection, {"type": f"{kind}.completed", "transcript": text})
