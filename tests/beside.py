"""A client that plays beside its microphone, and a voice with recorded speech to be played."""

import asyncio
import base64
from collections.abc import AsyncGenerator, AsyncIterator

import numpy as np

from client_double import ClientDouble
from recordings import RATE, Samples
from repartee.engines.protocols import Speech
from repartee.protocol.prompt import VoiceChoice
from rooms import Loudspeaker, Room, heard

CHUNK = RATE // 50  # samples that the client sends at a time: 20 ms


class RecordedVoice:
    """Says the same recording, whatever the text is."""

    rate = RATE

    def __init__(self, recording: Samples) -> None:
        self._recording = recording

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        words = "".join([piece async for piece in text])
        for start in range(0, len(self._recording), RATE):
            await asyncio.sleep(0.1)  # ten times as fast as it plays
            yield Speech(self._recording[start : start + RATE].tobytes(), words)
            words = ""


async def sit_beside(
    client: ClientDouble, room: Room, user: Samples, seconds: float, *, stops: bool = True
) -> None:
    """Play what the server sends, and send what is heard of it and of the user, as time goes by.

    The user begins with this call.  Where speech begins, the client `stops` playing.
    """
    speaker, known = Loudspeaker(room), len(client.events)
    noise = heard(np.zeros(round(seconds * RATE)))
    for start in range(0, len(noise) - CHUNK + 1, CHUNK):
        microphone = noise[start : start + CHUNK] + speaker.play(CHUNK)
        voice = user[start : start + CHUNK]
        microphone[: len(voice)] += voice
        await asyncio.sleep(CHUNK / RATE)
        client.append(microphone.clip(-32_768, 32_767).astype("<i2").tobytes())
        for event in client.events[known:]:
            if event["type"] == "response.output_audio.delta":
                speaker.receive(base64.b64decode(event["delta"]))
            elif stops and event["type"] == "input_audio_buffer.speech_started":
                speaker.stop()
        known = len(client.events)
