"""An answer on its way out: the language model's text, cut into pieces, spoken as it comes.

Model and voice run side by side, joined by a short queue: the first clause sounds while the
model still writes.  A function call is told only when everything said before it has sounded, so
that output items come one after another.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing

from msgspec import structs

from repartee.engines.protocols import (
    EngineError,
    LanguageModel,
    Speech,
    Stopped,
    Synthesizer,
    Text,
    ToolCall,
    Usage,
)
from repartee.protocol.audio import bytes_per_ms
from repartee.session.bounds import estimate_tokens
from repartee.session.commands import Reply
from repartee.session.inputs import Called, Finished, Said, Sounded
from repartee.speech.allowance import Allowance
from repartee.speech.codec import Encoder
from repartee.speech.patience import Deadline, Patience
from repartee.speech.sentences import Pieces
from repartee.speech.stretch import Pacer

Tell = Callable[[Said | Sounded | Called | Finished], Awaitable[None]]
FASTEST = 1.5  # that a voice which paces itself can be asked for
PIECES_AHEAD = 8  # how far the model may write ahead of the voice


class Responder:
    """Carries out one `Reply` and tells its facts; raises EngineError."""

    def __init__(
        self,
        reply: Reply,
        mind: LanguageModel,
        voice: Synthesizer,
        patience: Patience,
        tell: Tell,
        count: Callable[[str], int] = estimate_tokens,
    ) -> None:
        self._reply = reply
        self._mind = mind
        self._voice = voice
        self._patience = patience
        self._tell = tell
        self._allowance = Allowance(reply.prompt.max_output_tokens, count)
        self._usage: Usage | None = None
        self._stopped: str | None = None
        self._mouth: Mouth | None = None  # open while something is to be spoken

    async def run(self) -> None:
        """Answer; the last fact told is Finished."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._answer(group)
        except ExceptionGroup as failures:
            raise first(failures) from None
        usage = self._usage
        await self._tell(
            Finished(
                ref=self._reply.ref,
                input_tokens=usage.input_tokens if usage else None,
                output_tokens=usage.output_tokens if usage else None,
                cached_tokens=usage.cached_tokens if usage else 0,
                stopped=self._stopped,
            )
        )

    async def _answer(self, group: asyncio.TaskGroup) -> None:
        seconds = self._patience.mind_s
        try:
            async with asyncio.timeout(None) as timeout:
                await self._ask(group, Deadline(timeout, seconds))
        except TimeoutError:
            raise EngineError(
                f"The language model gave no answer within {seconds:g} s.", "model_timeout"
            ) from None
        await self._fall_silent()

    async def _ask(self, group: asyncio.TaskGroup, deadline: Deadline) -> None:
        deadline.owed()
        async with aclosing(self._mind.reply(self._reply.prompt)) as answer:
            async for piece in answer:
                deadline.given()
                await self._pass_on(piece, group)
                if self._allowance.spent:
                    self._stopped = "max_output_tokens"
                    break
                deadline.owed()

    async def _pass_on(
        self, piece: Text | ToolCall | Usage | Stopped, group: asyncio.TaskGroup
    ) -> None:
        match piece:
            case Text(text=text):
                await self._say(self._allowance.take(text), group)
            case ToolCall(key=key, name=name, arguments=arguments):
                await self._fall_silent()
                allowed = self._allowance.take(arguments)
                await self._tell(Called(self._reply.ref, key, name, allowed))
            case Usage():
                self._usage = piece
            case Stopped(reason=reason):
                self._stopped = reason

    async def _say(self, text: str, group: asyncio.TaskGroup) -> None:
        if not text:
            return
        await self._tell(Said(self._reply.ref, text))
        if self._reply.voice is None:
            return
        if self._mouth is None:
            self._mouth = Mouth(self._reply, self._voice, self._patience.voice_s, self._tell)
            self._mouth.start(group)
        await self._mouth.say(text)

    async def _fall_silent(self) -> None:
        """Everything said so far has sounded."""
        if self._mouth is not None:
            mouth, self._mouth = self._mouth, None
            await mouth.finish()


def first(failures: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first: a task group says only that something did."""
    failure = failures.exceptions[0]
    return first(failure) if isinstance(failure, ExceptionGroup) else failure


class Mouth:
    """Speaks one stretch of text: pieces in, sound out, at the speed and in the encoding asked for.

    The speed is made here, as far as the voice does not pace itself.
    """

    def __init__(self, reply: Reply, voice: Synthesizer, patience_s: float, tell: Tell) -> None:
        assert reply.voice is not None
        self._ref = reply.ref
        own = min(reply.voice.speed, FASTEST) if getattr(voice, "paces", False) else 1.0
        self._choice = structs.replace(reply.voice, speed=own)
        self._pace = Pacer(voice.rate, reply.voice.speed / own)
        self._voice = voice
        self._patience_s = patience_s
        self._tell = tell
        self._pieces = Pieces()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(PIECES_AHEAD)
        self._encode = Encoder(voice.rate, reply.encoding)
        self._bytes_per_ms = bytes_per_ms(reply.encoding)
        self._unspoken = 0  # characters given to the voice that have not begun to sound
        self._complete = False  # whether the voice was given all the text
        self._task: asyncio.Task[None] | None = None

    def start(self, group: asyncio.TaskGroup) -> None:
        self._task = group.create_task(self._run())

    async def say(self, text: str) -> None:
        for piece in self._pieces.feed(text):
            await self._queue.put(piece)

    async def finish(self) -> None:
        """Speak what is left, and wait until it has sounded."""
        for piece in self._pieces.finish():
            await self._queue.put(piece)
        await self._queue.put(None)
        assert self._task is not None
        await asyncio.wait([self._task])

    async def _run(self) -> None:
        try:
            async with asyncio.timeout(None) as timeout:
                await self._speak(Deadline(timeout, self._patience_s))
        except TimeoutError:
            raise EngineError(
                f"The voice gave no sound within {self._patience_s:g} s.", "voice_timeout"
            ) from None

    async def _speak(self, deadline: Deadline) -> None:
        async with aclosing(self._voice.speak(self._text(deadline), self._choice)) as sounds:
            async for speech in sounds:
                deadline.given()
                self._unspoken -= len(speech.text)
                await self._sound(self._pace(speech))
                if self._unspoken > 0:
                    deadline.owed()
        if not self._complete:
            raise EngineError("The voice ended before it had spoken everything.", "voice_failed")
        await self._sound(self._pace.flush())
        await self._emit(self._encode.flush(), "")

    async def _text(self, deadline: Deadline) -> AsyncIterator[str]:
        while (piece := await self._queue.get()) is not None:
            self._unspoken += len(piece)
            deadline.owed()
            yield piece
        self._complete = True

    async def _sound(self, pieces: Iterator[Speech]) -> None:
        for speech in pieces:
            await self._emit(self._encode(speech.pcm), speech.text)
            await asyncio.sleep(0)  # the next piece may take milliseconds to make

    async def _emit(self, sound: bytes, text: str) -> None:
        if sound or text:
            await self._tell(Sounded(self._ref, sound, len(sound) / self._bytes_per_ms, text))
