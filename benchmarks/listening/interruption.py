"""How soon an answer stops sounding once the user speaks.

    python -m benchmarks.listening.interruption

A driver in virtual time: a voice gives sound as fast as it plays, 20 ms at a time, and the user,
whose microphone sends 20 ms at a time, speaks into it.  From the true onset of speech to
speech_started, and to the last sound of the answer that is sent.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from benchmarks.listening.edges import Noise, cafe, nothing, pink
from benchmarks.listening.line import line
from benchmarks.listening.material import said, sentences, still_room
from benchmarks.listening.table import head, median, percentile, row
from client_double import Endless
from microphone import level_dbfs
from recordings import RATE
from repartee.engines.fake import FakeRecognizer, FakeTurnDetector
from repartee.engines.protocols import Speech
from repartee.engines.silero import SileroVad
from repartee.protocol.prompt import VoiceChoice
from repartee.runtime.engines import Engines
from repartee.speech.listener import SpeechDetector
from virtual_time import run

DELTA = "response.output_audio.delta"
PIECE_S = 0.02
LONGEST_S = 2.0  # of what is said into the answer


class SteadyVoice:
    """Hums for a second for each piece of text, as fast as it plays."""

    rate = 24_000

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`."""
        async for piece in text:
            for _ in range(round(1 / PIECE_S)):
                await asyncio.sleep(PIECE_S)
                yield Speech(bytes(2 * round(PIECE_S * self.rate)), piece)
                piece = ""


async def interrupted(name: str, noise: Noise, snr_db: float) -> tuple[float, float]:
    """From the onset of speech to speech_started, and to the last sound, in ms."""
    speech = said(name)[: round(LONGEST_S * RATE)]
    room = still_room((0.0, speech), after_s=0.2)
    noise(room, level_dbfs(speech) - snr_db)
    engines = Engines(
        SpeechDetector(SileroVad()),
        FakeTurnDetector(),
        FakeRecognizer("stop"),
        Endless(),
        SteadyVoice(),
    )
    async with line(engines) as client:
        client.say("response.create")
        await client.until(DELTA)
        onset = await client.speak(room.sound()) + room.spoken[0].begin_ms / 1000
        started = client.when("input_audio_buffer.speech_started")
        sounded = client.when(DELTA)
    return 1000 * (started[0] - onset), 1000 * (sounded[-1] - onset)


def report(name: str, noise: Noise, snr_db: float) -> None:
    every = [run(interrupted(clip, noise, snr_db)) for clip in sentences()]
    started, last = zip(*every, strict=True)
    row(name, median(started), percentile(started, 95), median(last), percentile(last, 95))


def main() -> None:
    head("room", "started ms", "p95", "last ms", "p95")
    report("still", nothing, 0)
    report("pink, 10 dB", pink, 10)
    report("café, 10 dB", cafe, 10)


if __name__ == "__main__":
    main()
