"""The user's sound on its way to words: one recognition, fed while the user speaks."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing

from msgspec import structs

from repartee.engines.protocols import EngineError, Recognizer, Words
from repartee.protocol.audio import Encoding, bytes_per_ms, sample_rate
from repartee.protocol.prompt import Hints
from repartee.session.inputs import Transcribed
from repartee.speech.codec import expanded
from repartee.speech.patience import Deadline
from repartee.speech.resample import Resampler

# Sound goes to the recogniser in stretches of 96 ms, three frames: a third of the hand-overs, and
# no delay, since all of it goes when the turn ends.
STRETCH_MS = 96
LONGEST_MS = 1000  # what is resampled in one turn of the event loop: a millisecond or two
PAUSE = b""  # among the sound, as recognisers are told of it

Tell = Callable[[Transcribed], Awaitable[None]]


class Transcriber:
    """Recognises the sound of one user item, `ref`, and tells what it understands."""

    def __init__(self, ref: str, ears: Recognizer, hints: Hints, patience_s: float) -> None:
        self._ref = ref
        self._ears = ears
        self._hints = hints
        self._patience_s = patience_s
        self._sound: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._held = bytearray()
        self._encoding: Encoding = "audio/pcm"
        self._settled = False
        self._guessing = False  # whether the recogniser has yet to answer for a pause …
        self._outdated = False  # … which is not the last
        self._deadline: Deadline | None = None  # while it runs

    def hear(self, sound: bytes, encoding: Encoding = "audio/pcm") -> None:
        """More sound; an item's has one encoding from its beginning to its end."""
        self._encoding = encoding
        self._held += sound
        if len(self._held) >= STRETCH_MS * bytes_per_ms(encoding):
            self._pass_on()

    def _pass_on(self) -> None:
        if self._held:
            self._sound.put_nowait(bytes(self._held))
            self._held.clear()

    def guess(self) -> None:
        """The speaker has paused after some sound: what would the transcript be if this were all?

        Recognisers that can answer do so with a complete hypothesis; others are not asked.  The
        filter keeps the last 2.5 ms of the pause to itself, and less from 16 kHz on.
        """
        if not getattr(self._ears, "guesses", False):
            return
        if self._guessing:
            self._outdated = True
            return
        self._guessing = True
        self._pass_on()
        self._sound.put_nowait(PAUSE)

    def settle(self) -> None:
        """The sound is complete: from now on the recogniser owes its transcript."""
        self._pass_on()
        self._sound.put_nowait(None)
        self._settled = True
        if self._deadline is not None:
            self._deadline.owed()

    async def run(self, tell: Tell) -> None:
        """Recognise until the final transcript is told; raises EngineError."""
        try:
            async with asyncio.timeout(None) as timeout:
                self._deadline = Deadline(timeout, self._patience_s)
                if self._settled:
                    self._deadline.owed()
                await self._recognize(tell, self._deadline)
        except TimeoutError:
            raise EngineError(
                f"The recogniser gave no transcript within {self._patience_s:g} s.",
                "transcription_timeout",
            ) from None

    async def _recognize(self, tell: Tell, deadline: Deadline) -> None:
        async with aclosing(self._ears.recognize(self._resampled(), self._hints)) as hypotheses:
            async for words in hypotheses:
                await tell(self._fact(self._timely(words)))
                if words.final:
                    return
                if self._settled:
                    deadline.owed()
        raise EngineError("The recogniser ended without a transcript.", "transcription_failed")

    def _timely(self, words: Words) -> Words:
        """What was asked for before the last pause answers nothing; then it is asked anew."""
        if not words.complete:
            return words
        self._guessing = False
        if not self._outdated:
            return words
        self._outdated = False
        if not self._settled:
            self.guess()
        return structs.replace(words, complete=False)

    async def _resampled(self) -> AsyncIterator[bytes]:
        sound = await self._sound.get()
        encoding = self._encoding
        resample = Resampler(sample_rate(encoding), self._ears.rate)
        longest = LONGEST_MS * bytes_per_ms(encoding)
        while sound is not None:
            if sound == PAUSE:
                yield PAUSE
            for begin in range(0, len(sound), longest):
                if begin:
                    await asyncio.sleep(0)  # minutes may come at once; others have their turns
                if converted := resample(expanded(sound[begin : begin + longest], encoding)):
                    yield converted
            sound = await self._sound.get()
        if rest := resample.flush():
            yield rest

    def _fact(self, words: Words) -> Transcribed:
        return Transcribed(
            ref=self._ref,
            text=words.text,
            stable=len(words.text) if words.final else words.stable,
            final=words.final,
            logprobs=tuple((word.text, word.logprob) for word in words.words),
            complete=words.complete,
        )
