"""An answer on its way out: the language model's text, cut into pieces, spoken as it comes.

Model and voice run side by side, joined by a short queue: the first clause sounds while the
model still writes.  A function call is told only when everything said before it has sounded, so
that output items come one after another.  A model that speaks itself needs no voice: its sound
goes the same way out.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import aclosing

from msgspec import structs

from repartee.engines.protocols import (
    EngineError,
    LanguageModel,
    Result,
    Speech,
    Stopped,
    Synthesizer,
    Text,
    ToolCall,
    Usage,
)
from repartee.protocol.prompt import Message, Prompt, Sound
from repartee.session.bounds import estimate_tokens
from repartee.session.commands import Reply
from repartee.session.inputs import Called, Finished, Said, Sounded
from repartee.speech.allowance import Allowance
from repartee.speech.codec import Encoder, decode
from repartee.speech.patience import Deadline, Patience
from repartee.speech.portions import Portions
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
        self._reply = structs.replace(reply, prompt=audible(reply.prompt))
        self._mind = mind
        self._voice = voice
        self._patience = patience
        self._tell = tell
        self._allowance = Allowance(reply.prompt.max_output_tokens, count)
        self._usage: Usage | None = None
        self._stopped: str | None = None
        self._mouth: Mouth | None = None  # open while something is to be spoken
        self._sounding: Sounding | None = None  # open while the model speaks

    async def run(self) -> None:
        """Answer; the last fact told is Finished."""
        try:
            async with asyncio.TaskGroup() as group:
                await self._answer(group)
        except ExceptionGroup as failures:
            raise first(failures) from None
        except asyncio.CancelledError as stopped:
            stopped.__traceback__ = None  # the group's frame keeps the error, and this the frame
            raise
        usage = self._usage
        await self._tell(
            Finished(
                ref=self._reply.ref,
                input_tokens=usage.input_tokens if usage else None,
                output_tokens=usage.output_tokens if usage else None,
                cached_tokens=usage.cached_tokens if usage else 0,
                stopped=self._stopped,
                heard_tokens=usage.heard_tokens if usage else None,
                spoken_tokens=usage.spoken_tokens if usage else None,
                cached_heard_tokens=usage.cached_heard_tokens if usage else 0,
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

    async def _pass_on(self, piece: Result, group: asyncio.TaskGroup) -> None:
        match piece:
            case Text(text=text):
                await self._say(self._allowance.take(text), group)
            case Speech():
                await self._sound(piece)
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
        await self._finish_sounding()
        if self._mouth is None:
            self._mouth = Mouth(self._reply, self._voice, self._patience.voice_s, self._tell)
            self._mouth.start(group)
        await self._mouth.say(text)

    async def _sound(self, speech: Speech) -> None:
        """The model speaks itself; where only text is wanted, its words are that."""
        await self._finish_mouth()
        text = self._allowance.take(speech.text)
        if text:
            await self._tell(Said(self._reply.ref, text))
        if self._reply.voice is None:
            return
        if self._sounding is None:
            rate, speed = int(getattr(self._mind, "rate", 0)), self._reply.voice.speed
            self._sounding = Sounding(self._reply, rate, speed, self._tell)
        await self._sounding(Speech(speech.pcm, text))

    async def _fall_silent(self) -> None:
        """Everything said so far has sounded."""
        await self._finish_mouth()
        await self._finish_sounding()

    async def _finish_mouth(self) -> None:
        if self._mouth is not None:
            mouth, self._mouth = self._mouth, None
            await mouth.finish()

    async def _finish_sounding(self) -> None:
        if self._sounding is not None:
            sounding, self._sounding = self._sounding, None
            await sounding.finish()


def first(failures: ExceptionGroup[Exception]) -> Exception:
    """What went wrong first: a task group says only that something did."""
    failure = failures.exceptions[0]
    return first(failure) if isinstance(failure, ExceptionGroup) else failure


def audible(prompt: Prompt) -> Prompt:
    """The prompt with all sound as PCM, which engines know."""
    lines = tuple(
        structs.replace(line, sounds=tuple(map(_as_pcm, line.sounds)))
        if isinstance(line, Message) and line.sounds
        else line
        for line in prompt.lines
    )
    return structs.replace(prompt, lines=lines)


def _as_pcm(sound: Sound) -> Sound:
    if sound.encoding == "audio/pcm":
        return sound
    return Sound(decode(sound.audio, sound.encoding))


class Sounding:
    """One stretch of speech on its way out, in the encoding and at the speed asked for."""

    def __init__(self, reply: Reply, rate: int, speed: float, tell: Tell) -> None:
        """`rate` (Hz) is that of the sound, `speed` what is to be made of its own."""
        self._ref = reply.ref
        self._tell = tell
        self._pace = Pacer(rate, speed)
        self._encode = Encoder(rate, reply.encoding)
        self._portions = Portions(reply.encoding)

    async def __call__(self, speech: Speech) -> None:
        await self._emit_all(self._pace(speech))

    async def finish(self) -> None:
        """What was held back."""
        await self._emit_all(self._pace.flush())
        await self._emit(self._encode.flush(), "")

    async def _emit_all(self, pieces: Iterator[Speech]) -> None:
        for speech in pieces:
            await self._emit(self._encode(speech.pcm), speech.text)
            await asyncio.sleep(0)  # the next piece may take milliseconds to make

    async def _emit(self, sound: bytes, text: str) -> None:
        if text and not sound:
            await self._tell(Sounded(self._ref, b"", 0.0, text))
        for portion, ms in self._portions(sound):
            await self._tell(Sounded(self._ref, portion, ms, text))
            text = ""  # begins with the first of them


class Mouth:
    """Speaks one stretch of text: pieces in, sound out, at the speed and in the encoding asked for.

    The speed is made here, as far as the voice does not pace itself.
    """

    def __init__(self, reply: Reply, voice: Synthesizer, patience_s: float, tell: Tell) -> None:
        assert reply.voice is not None
        own = min(reply.voice.speed, FASTEST) if getattr(voice, "paces", False) else 1.0
        self._choice = structs.replace(reply.voice, speed=own)
        self._sounding = Sounding(reply, voice.rate, reply.voice.speed / own, tell)
        self._voice = voice
        self._patience_s = patience_s
        self._pieces = Pieces()
        self._queue: asyncio.Queue[str | None] = asyncio.Queue(PIECES_AHEAD)
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
        except asyncio.CancelledError:
            return  # or the task would keep the traceback, and that the task and all its sound
        except TimeoutError:
            raise EngineError(
                f"The voice gave no sound within {self._patience_s:g} s.", "voice_timeout"
            ) from None

    async def _speak(self, deadline: Deadline) -> None:
        async with aclosing(self._voice.speak(self._text(deadline), self._choice)) as sounds:
            async for speech in sounds:
                deadline.given()
                self._unspoken -= len(speech.text)
                await self._sounding(speech)
                if self._unspoken > 0:
                    deadline.owed()
        if not self._complete:
            raise EngineError("The voice ended before it had spoken everything.", "voice_failed")
        await self._sounding.finish()

    async def _text(self, deadline: Deadline) -> AsyncIterator[str]:
        while (piece := await self._queue.get()) is not None:
            self._unspoken += len(piece)
            deadline.owed()
            yield piece
        self._complete = True
