"""A piece of work of each role, as the measuring asks for it: one that ends, and one that does not.

All sound is fed at the speed of speech; text is given at once.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any, Protocol

from msgspec import Struct

import recordings
from repartee.protocol.prompt import Hints, Message, Prompt, VoiceChoice

CHUNK_S = 0.096  # as sessions hand sound over
CLIP, CLIP_S = "lj_LJ001-0002", 1.2
FED_S = 0.005  # between two such in endless work
CLAUSE = "Sure, I can help you with that."
SENTENCE = "The quick brown fox jumps over the lazy dog, and then it runs away from the old man. "
PROMPT = Prompt(
    (Message("user", "What is the capital of France, and how many people live there?"),)
)


class Timing(Struct, frozen=True):
    """Of one piece of work; `units` is what its CPU time is told of: seconds of sound, or pieces.

    `first_s` is what a person waits for; while `late_s` stays below `limit_s`, the engine keeps up.
    """

    first_s: float
    late_s: float
    limit_s: float
    units: float


class Work(Protocol):
    """What an engine of a role is asked."""

    async def once(self, delay_s: float = 0) -> Timing:
        """A piece of work, begun so much later."""
        ...

    def endless(self) -> AsyncGenerator[Any, None]:
        """One that goes on for longer than anyone watches it."""
        ...

    async def nothing(self) -> None:
        """The least piece: its end tells that what was left before it is no longer worked on."""
        ...


class Ears:
    """A turn: its final words, after the end of the sound.  Late is later than the turn took."""

    def __init__(self, engine: Any, sound: str) -> None:
        self._engine = engine
        speech = recordings.read(CLIP, engine.rate)[: round(CLIP_S * engine.rate)]
        self._sound = Path(sound).read_bytes() if sound else speech.tobytes()

    async def once(self, delay_s: float = 0) -> Timing:
        await asyncio.sleep(delay_s)
        seconds = len(self._sound) / 2 / self._engine.rate
        begun = time.perf_counter()  # who speaks does not wait until somebody listens

        async def audio() -> AsyncIterator[bytes]:
            size = 2 * round(self._engine.rate * CHUNK_S)
            for place in range(0, len(self._sound), size):
                chunk = self._sound[place : place + size]
                due = begun + (place + len(chunk)) / 2 / self._engine.rate
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                yield chunk

        async with aclosing(self._engine.recognize(audio(), Hints())) as told:
            async for _ in told:
                pass
        late = time.perf_counter() - begun - seconds
        return Timing(late, late, seconds, seconds)

    def endless(self) -> AsyncGenerator[Any, None]:
        async def audio() -> AsyncIterator[bytes]:
            while True:
                yield self._sound
                if getattr(self._engine, "guesses", False):
                    yield b""  # a pause: those that wait for one begin to work
                await asyncio.sleep(FED_S)

        told: AsyncGenerator[Any, None] = self._engine.recognize(audio(), Hints())
        return told

    async def nothing(self) -> None:
        async def audio() -> AsyncIterator[bytes]:
            for silence in ():
                yield silence

        async for _ in self._engine.recognize(audio(), Hints()):
            pass


class Voice:
    """A clause: its first sound.  Late is what would leave a gap: sound slower than it plays."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    async def once(self, delay_s: float = 0) -> Timing:
        await asyncio.sleep(delay_s)
        begun, first, seconds = time.perf_counter(), 0.0, 0.0
        async with aclosing(self._engine.speak(pieces(CLAUSE), VoiceChoice())) as spoken:
            async for speech in spoken:
                first = first or time.perf_counter() - begun
                seconds += len(speech.pcm) / 2 / self._engine.rate
        return Timing(first, time.perf_counter() - begun, seconds, seconds)

    def endless(self) -> AsyncGenerator[Any, None]:
        spoken: AsyncGenerator[Any, None] = self._engine.speak(
            pieces(*[SENTENCE * 20] * 500), VoiceChoice()
        )
        return spoken

    async def nothing(self) -> None:
        async for _ in self._engine.speak(pieces(""), VoiceChoice()):
            pass


class Mind:
    """A reply: its first word.  Late is a second."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine

    async def once(self, delay_s: float = 0) -> Timing:
        await asyncio.sleep(delay_s)
        begun, first = time.perf_counter(), 0.0
        async with aclosing(self._engine.reply(PROMPT)) as said:
            async for _ in said:
                first = first or time.perf_counter() - begun
        return Timing(first, first, 1.0, 1.0)

    async def endless(self) -> AsyncGenerator[Any, None]:
        while True:
            async with aclosing(self._engine.reply(PROMPT)) as said:
                async for text in said:
                    yield text

    async def nothing(self) -> None:
        """A reply that was left costs the next one nothing."""


class Turn:
    """A judgement of 8 s.  Late is half a second: the pause would be over."""

    def __init__(self, engine: Any) -> None:
        self._engine = engine
        clip = recordings.read("jfk", engine.rate).tobytes()
        self._sound = clip[: 8 * 2 * engine.rate]

    async def once(self, delay_s: float = 0) -> Timing:
        await asyncio.sleep(delay_s)
        begun = time.perf_counter()
        await self._engine.finished(self._sound, "ask not what your country can do")
        taken = time.perf_counter() - begun
        return Timing(taken, taken, 0.5, 1.0)

    async def endless(self) -> AsyncGenerator[Any, None]:
        while True:
            yield await self._engine.finished(self._sound, "")

    async def nothing(self) -> None:
        """Nobody waits for a judgement that was left; the CPU shows whether it goes on."""


async def pieces(*texts: str) -> AsyncIterator[str]:
    for text in texts:
        yield text
