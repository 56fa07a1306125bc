"""How soon an answer sounds, with answers prepared during the silence and without.

    python -m benchmarks.listening.answering

Drivers in real time; recogniser, language model and voice take 0, 100 or 400 ms each before they
give their first.  "stop" is from speech_stopped to the first sound, "end" from the true end of
speech; semantic_vad asks a detector that is always sure that the turn is over.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from itertools import product
from typing import NamedTuple

from benchmarks.listening.line import line
from benchmarks.listening.material import said, sentences, still_room
from benchmarks.listening.table import head, median, row
from microphone import Microphone
from repartee.engines.protocols import Speech, Text, Words
from repartee.engines.silero import SileroVad
from repartee.protocol.config import Audio, AudioInput, SemanticVad, ServerVad, TurnDetection
from repartee.protocol.prompt import Hints, Prompt, VoiceChoice
from repartee.runtime.engines import Engines
from repartee.session.bounds import Bounds
from repartee.speech.listener import SpeechDetector

ROUNDS = 5
DELAYS_S = (0.0, 0.1, 0.4)
DETECTIONS: dict[str, TurnDetection] = {
    "server_vad 500 ms": ServerVad(),
    "semantic_vad, sure": SemanticVad(),
}
STAGGER_S = 0.013


class Sure:
    """Takes every pause for the end."""

    rate = 16_000

    async def finished(self, pcm: bytes, text: str) -> float:
        """See `TurnDetector`."""
        return 1.0


class SlowEars:
    """Understands the same whatever is said, so late after it was asked."""

    rate = 16_000
    guesses = True

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`."""
        async for chunk in audio:
            if not chunk:
                await asyncio.sleep(self._delay_s)
                yield Words("so it was", complete=True)
        await asyncio.sleep(self._delay_s)
        yield Words("so it was", stable=9, final=True)


class SlowMind:
    """Says the same whatever is asked, so late after it was asked."""

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    async def reply(self, prompt: Prompt) -> AsyncGenerator[Text, None]:
        """See `LanguageModel`."""
        await asyncio.sleep(self._delay_s)
        yield Text("So it was, and so it will be. ")


class SlowVoice:
    """Gives a second of sound for each piece, so late after it was given it."""

    rate = 24_000

    def __init__(self, delay_s: float) -> None:
        self._delay_s = delay_s

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`."""
        async for piece in text:
            await asyncio.sleep(self._delay_s)
            yield Speech(bytes(2 * self.rate), piece)


class Setting(NamedTuple):
    """What is compared."""

    detection: str
    delay_s: float
    foresees: bool


class Taken(NamedTuple):
    """Until the first sound, in ms."""

    since_stop: float
    since_end: float


async def answered(setting: Setting, detector: SpeechDetector, room: Microphone) -> Taken:
    """Speak, and wait for the answer."""
    sound, slow = room.sound(), setting.delay_s
    engines = Engines(detector, Sure(), SlowEars(slow), SlowMind(slow), SlowVoice(slow))
    bounds = Bounds(guesses=setting.foresees, foresees=setting.foresees)
    audio = Audio(input=AudioInput(turn_detection=DETECTIONS[setting.detection]))
    async with line(engines, bounds, audio=audio) as client:
        end = await client.speak(sound) + room.spoken[0].end_ms / 1000
        await client.until("response.done")
        (stopped,) = client.when("input_audio_buffer.speech_stopped")
        sounded = client.when("response.output_audio.delta")[0]
    return Taken(1000 * (sounded - stopped), 1000 * (sounded - end))


async def rounds(settings: list[Setting]) -> dict[Setting, list[Taken]]:
    """All settings side by side, a little apart so that their turns do not end at once."""
    detector = SpeechDetector(SileroVad())
    shortest = min((said(name) for name in sentences()), key=len)
    rooms = {
        setting: still_room((place * STAGGER_S, shortest), after_s=1.0)
        for place, setting in enumerate(settings)
    }
    taken: dict[Setting, list[Taken]] = {setting: [] for setting in settings}
    for _ in range(ROUNDS):
        each = [answered(setting, detector, room) for setting, room in rooms.items()]
        for setting, figures in zip(settings, await asyncio.gather(*each), strict=True):
            taken[setting].append(figures)
    return taken


def main() -> None:
    settings = [Setting(*each) for each in product(DETECTIONS, DELAYS_S, (False, True))]
    taken = asyncio.run(rounds(settings))
    head("to the first sound, ms", "stop", "end", "foreseen:", "stop", "end")
    for detection, delay_s in product(DETECTIONS, DELAYS_S):
        figures = [
            [median(column) for column in zip(*taken[setting], strict=True)]
            for setting in (Setting(detection, delay_s, foresees) for foresees in (False, True))
        ]
        row(f"{detection}, {1000 * delay_s:.0f}", *figures[0], "", *figures[1])


if __name__ == "__main__":
    main()
