"""An engine of each kind without models: for tests, for a first look, and to judge a server alone.

They keep the rules of engines, stream as real ones do, and always give the same for the same.
`fault` makes one break its promise on purpose: "before" raises before anything is given, "middle"
raises after the first piece, "hang" gives one piece and then nothing for ever, "empty" ends at
once.
"""

import asyncio
import re
import zlib
from collections.abc import AsyncGenerator, AsyncIterator
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta, structs

from repartee.engines.echo.arguments import arguments_for
from repartee.engines.echo.model import chosen_tool, heard, in_words
from repartee.engines.protocols import (
    EngineError,
    Frames,
    Speech,
    Stopped,
    Text,
    ToolCall,
    Usage,
    Word,
    Words,
)
from repartee.protocol.prompt import Hints, Message, Prompt, VoiceChoice

Fault = Literal["none", "before", "middle", "hang", "empty"]

_QUIET = 0.003  # full scale is 1: about -50 dB, the noise of a still room
_LOUD = 0.03  # about -30 dB, quiet speech


class FakeVad:
    """Takes whatever is loud for speech: the probability grows with the level of a frame.

    The state is that of the frame before, halved: a word does not end between two syllables.
    """

    licence = "Apache-2.0"
    state_size = 1

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]:
        """See `Vad`: float32 [n, 512] and [n, 1] -> probabilities [n], states [n, 1]."""
        level = np.sqrt(np.mean(np.square(frames), axis=1, dtype=np.float32)) + np.float32(1e-9)
        loudness = np.log(level / _QUIET) / np.log(_LOUD / _QUIET)
        now = np.clip(loudness, 0, 1).astype(np.float32)
        probabilities = np.maximum(now, states[:, 0] / 2)
        return probabilities, probabilities[:, np.newaxis]


class FakeTurnDetector:
    """Gives every pause the same `probability` of being the end."""

    licence = "Apache-2.0"
    rate = 16_000

    def __init__(
        self, probability: Annotated[float, Meta(ge=0, le=1)] = 1, fault: Fault = "none"
    ) -> None:
        self._probability = float(probability)
        self._fault = fault

    async def finished(self, pcm: bytes, text: str) -> float:
        """See `TurnDetector`."""
        await _fail(self._fault, "before")
        await _fail(self._fault, "middle")
        return self._probability


class FakeRecognizer:
    """Hears `text`, word by word as the sound comes in; without one, tells how much it heard."""

    licence = "Apache-2.0"
    logprobs = True
    guesses = True
    rate = 24_000  # a session's own, so that nothing is spent on making another of it

    def __init__(
        self,
        text: str | None = None,
        words_per_s: Annotated[float, Meta(gt=0)] = 4,
        fault: Fault = "none",
    ) -> None:
        self._text = text
        self._step_ms = 1000 / words_per_s
        self._fault = fault

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`."""
        await _fail(self._fault, "before")
        heard, loud, told = 0, 0, 0
        async for chunk in audio:
            if not chunk:
                yield self._guess(heard, loud, told)
                await _fail(self._fault, "middle")
            heard += len(chunk)
            loud += len(chunk) if chunk.strip(b"\0") else 0
            if (steps := int(self._ms(heard) / self._step_ms)) > told and self._fault != "empty":
                told = steps
                yield self._hypothesis(loud, steps)
                await _fail(self._fault, "middle")
        await _fail(self._fault, "middle")
        yield self._final(heard, loud)

    def _ms(self, size: int) -> int:
        return size * 500 // self.rate

    def _hypothesis(self, loud: int, steps: int) -> Words:
        if self._text is None:
            text = self._count(loud)
            return Words(text, stable=len("I heard ") if text else 0)
        found = list(re.finditer(r"\S+", self._text))[:steps]
        if not found:
            return Words("")
        # The last word may still change, as it would with a real recogniser.
        return Words(self._text[: found[-1].end()], stable=found[-1].start())

    def _guess(self, heard: int, loud: int, steps: int) -> Words:
        stable = self._hypothesis(loud, steps).stable
        final = self._final(heard, loud)
        return structs.replace(final, stable=stable, final=False, complete=True)

    def _final(self, heard: int, loud: int) -> Words:
        said = self._count(loud) if self._text is None else self._text
        text = said if heard and self._fault != "empty" else ""
        words = text.split()
        each = self._ms(heard) / max(1, len(words))
        timed = (
            Word(word, -0.05, int(place * each), int((place + 1) * each))
            for place, word in enumerate(words)
        )
        return Words(text, stable=len(text), final=True, words=tuple(timed))

    def _count(self, loud: int) -> str:
        return f"I heard {self._ms(loud) / 1000:.1f} seconds of sound" if loud else ""


class FakeModel:
    """Answers `text`, word by word; calls a function where one is demanded.

    It counts a word as a token and waits `pace_ms` before each.
    """

    licence = "Apache-2.0"
    sees = True

    def __init__(
        self,
        text: str = "This answer was written beforehand. It is always the same.",
        pace_ms: Annotated[int, Meta(ge=0)] = 0,
        fault: Fault = "none",
    ) -> None:
        self._text = text
        self._pace_s = pace_ms / 1000
        self._fault = fault

    async def reply(
        self, prompt: Prompt
    ) -> AsyncGenerator[Text | ToolCall | Usage | Stopped, None]:
        """See `LanguageModel`."""
        await _fail(self._fault, "before")
        if self._fault == "empty":
            return
        pieces = self._pieces(prompt)
        limit = prompt.max_output_tokens or len(pieces)
        for piece in pieces[:limit]:
            await asyncio.sleep(self._pace_s)
            yield piece
            await _fail(self._fault, "middle")
        if limit < len(pieces):
            yield Stopped("max_output_tokens")
        texts = [line.text for line in prompt.lines if isinstance(line, Message)]
        given = sum(len(text.split()) for text in (prompt.instructions, *texts))
        yield Usage(given, min(limit, len(pieces)))

    def _pieces(self, prompt: Prompt) -> list[Text | ToolCall]:
        tool = None if prompt.tool_choice == "auto" else chosen_tool(prompt)
        if tool is None:
            return [Text(word) for word in in_words(self._text)]
        arguments = arguments_for(tool, heard(prompt))
        return [ToolCall("0", tool.name, ""), ToolCall("0", "", arguments)]


class FakeSynthesizer:
    """Hums: a tone as long as its text takes to say, its pitch that of the voice's name.

    Each character takes `ms_per_character`; each word is given with its own sound, `piece_ms` of
    it at a time.  With `realtime` it comes no sooner than it could be played at the usual speed.
    """

    licence = "Apache-2.0"
    rate = 24_000

    def __init__(
        self,
        ms_per_character: Annotated[int, Meta(ge=1)] = 60,
        realtime: bool = False,
        fault: Fault = "none",
        piece_ms: Annotated[int, Meta(ge=1, le=1000)] = 1000,
    ) -> None:
        self._ms_per_character = ms_per_character
        self._piece = piece_ms * self.rate // 1000
        self._realtime = realtime
        self._fault = fault

    async def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]:
        """See `Synthesizer`."""
        await _fail(self._fault, "before")
        if self._fault == "empty":
            return
        samples = self._ms_per_character * self.rate // 1000
        tone, place = _tone(180 + zlib.crc32(voice.name.encode()) % 16 * 10), 0
        async for piece in text:
            for word in re.findall(r"\s*\S+\s*|\s+", piece):
                spoken, left = word, len(word) * samples
                while left:
                    size = min(left, self._piece)  # a second at most: `tone` holds two
                    await asyncio.sleep(size / self.rate if self._realtime else 0)
                    yield Speech(tone[place * 2 : (place + size) * 2], spoken)
                    await _fail(self._fault, "middle")
                    spoken, left, place = "", left - size, (place + size) % self.rate


@lru_cache
def _tone(frequency: int) -> bytes:
    """Two seconds at a quarter of full scale; one second is whole periods, so it can be looped."""
    times = np.arange(FakeSynthesizer.rate * 2) / FakeSynthesizer.rate
    return (np.sin(2 * np.pi * frequency * times) * 8191).astype("<i2").tobytes()


async def _fail(fault: Fault, place: Literal["before", "middle"]) -> None:
    if fault == place:
        raise EngineError("this engine was told to fail", "told_to_fail")
    if fault == "hang" and place == "middle":
        await asyncio.Event().wait()
