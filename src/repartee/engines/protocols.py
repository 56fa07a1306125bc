"""What an engine is: one protocol a role, and the small results that engines give.

The protocols are structural: a third-party engine needs no import from here.  An engine is
made once per process from its settings (keyword arguments of its constructor) and serves every
session at once; each call to `finished`, `recognize`, `reply` or
`speak` is one piece of work.

Rules every engine keeps (the engine-contract suite checks them):

* Results, but for the single one of `finished`, are *yielded* from an async generator.  Closing the
  generator (`aclosing`) or cancelling the task that reads it stops the work itself, within 100 ms.
* No task group or task stays open across a `yield`.
* Nothing blocks the event loop for longer than 5 ms: blocking engines live in worker processes.
* A failure is raised as `EngineError`, with a sentence that a person can act on.
* Audio is mono signed 16-bit little-endian PCM at the rate the engine states.

An engine of which each call costs money states `billed` as `True`.  Unless settings say otherwise
the session does not work ahead with it: it asks nothing that might turn out to be for nothing.

An engine may say more of itself: `licence` (of code and weights) and `notice` (what a user should
know), both shown by `repartee engines`.  Some may say that they can do more than they must, as
`True`: a language model `sees`, if it can be shown images, and `hears`, if it is told what the user
said as sound (`Message.sounds`); it `speaks`, if it gives its answers as `Speech` where
`Prompt.voice` says how, and then states the `rate` of that.  A recogniser gives `logprobs`, if its
final hypothesis has a `Word` for every word of the text, in order, each with a posterior that was
computed and not made up, and it `guesses`, if it can tell at a pause what it would say if nothing
but silence followed; a voice `paces`, if it speaks at `VoiceChoice.speed`, 0.25 to 1.5 times as
fast as it usually does.  A voice that does not say so is always asked for speed 1, and its sound is
stretched.
"""

from collections.abc import AsyncGenerator, AsyncIterator
from typing import Protocol

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

# Declared apart, for worker processes to have them without numpy.
from repartee.engines.hypothesis import Word as Word
from repartee.engines.hypothesis import Words as Words
from repartee.protocol.prompt import Hints, Prompt, VoiceChoice

Frames = NDArray[np.float32]


class EngineError(Exception):
    """An engine could not do its work; the message says what a person can do about it.

    `code` is a short machine-readable word that reaches the client in
    `response.done.status_details.error.code` or in `…transcription.failed.error.code`.
    """

    def __init__(self, message: str, code: str = "engine_error") -> None:
        super().__init__(message)
        self.code = code


class Text(Struct, frozen=True):
    """A piece of the model's answer, to be shown and spoken."""

    text: str


class ToolCall(Struct, frozen=True):
    """A piece of a function call: pieces with the same `key` belong together, in order.

    `name` is set on the first piece; the `arguments` of all pieces joined are one JSON text.
    """

    key: str
    name: str
    arguments: str


class Usage(Struct, frozen=True):
    """Tokens as the model's endpoint counted them; yielded at most once, at the end.

    Those of sound are counted apart, if the endpoint does that: `heard_tokens` and
    `spoken_tokens` are not among the others.  Where they are None, they go by its length.
    """

    input_tokens: int
    output_tokens: int
    cached_tokens: int = 0
    heard_tokens: int | None = None
    spoken_tokens: int | None = None
    cached_heard_tokens: int = 0


class Stopped(Struct, frozen=True):
    """The model stopped before it was done: "max_output_tokens" or "content_filter"."""

    reason: str


class Speech(Struct, frozen=True):
    """Sound, and the words of the given text that begin with it.

    All `text` of one `speak` joined is the text that was given, white space included, so that
    truncation knows what was heard.  `pcm` is never empty except to carry trailing text.

    A model that speaks gives its answer so, and its words nowhere else: what it gives as `Text`, a
    voice speaks.
    """

    pcm: bytes
    text: str = ""


Result = Text | Speech | ToolCall | Usage | Stopped


class Vad(Protocol):
    """Tells speech from everything else, for many sessions in one call.

    Frames are 32 ms at 16 kHz: float32 [n, 512] in -1…1.  `states` is float32 [n, state_size],
    zeros at the start of a stream; the answer is (probabilities float32 [n], new states).  One
    that has the attribute `gated`, true, is not shown plain quiet (`speech/energy_gate.py`).
    """

    state_size: int

    def __call__(self, frames: Frames, states: Frames) -> tuple[Frames, Frames]: ...


class TurnDetector(Protocol):
    """Tells whether a person who has paused is done speaking.

    It is asked early in a pause, so that its answer may decide how long to wait on: a probability
    from 0 to 1 that the speaker is done.  `pcm` is the sound of the turn up to now, the silence at
    its end included, at most its last 8 s; `text` is what a recogniser has understood of it so
    far, "" if nothing.
    """

    rate: int  # Hz of the audio it wants

    async def finished(self, pcm: bytes, text: str) -> float: ...


class EchoStream(Protocol):
    """The sound of one session's microphone, and of the loudspeaker beside it."""

    def cancel(self, near: bytes, far: bytes) -> bytes:
        """What `near` is without the echo of all that was played so far, and as long.

        Each is the next 10 ms of 24 kHz mono s16 PCM, 480 bytes: what came from the microphone,
        and what was to be played meanwhile.  The echo comes later than `far`, some 50 to 500 ms
        for the way to the client and back.
        """


class EchoCanceller(Protocol):
    """Takes from a microphone's sound what a loudspeaker plays beside it."""

    def stream(self) -> EchoStream | None:
        """For one session; None where its sound is to be left as it is."""


class Recognizer(Protocol):
    """Turns speech into text while it is being spoken.

    `audio` ends when the turn ends; the final hypothesis follows.  Chunks have any length.

    An empty chunk says that the speaker has paused.  Only a recogniser that states `guesses` is
    given one; it answers with one complete hypothesis as soon as it can, and is given no other
    before.  After a pause sound may go on, silence or speech, or end.
    """

    rate: int  # Hz of the audio it wants

    def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]: ...


class LanguageModel(Protocol):
    """Answers a conversation with text and function calls.  Text comes before calls.

    One that keeps something for `Prompt.session` may have `forget(session: str) -> None`, called
    when that session has ended.
    """

    def reply(self, prompt: Prompt) -> AsyncGenerator[Result, None]: ...


class Synthesizer(Protocol):
    """Speaks pieces of text (a clause or more each) as they arrive, in order."""

    rate: int  # Hz of the audio it gives

    def speak(
        self, text: AsyncIterator[str], voice: VoiceChoice
    ) -> AsyncGenerator[Speech, None]: ...


class Startable(Protocol):
    """Engines may have `open` (load, warm up; raises EngineError) and `close`, called once each."""

    async def open(self) -> None: ...

    async def close(self) -> None: ...
