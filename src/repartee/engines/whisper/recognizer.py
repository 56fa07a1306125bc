"""Whisper models of any size, by faster-whisper, in a worker process."""

import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec
from typing import Annotated, Literal

from msgspec import Meta

from repartee.engines.protocols import EngineError, Words
from repartee.engines.whisper.place import find_model
from repartee.engines.whisper.wire import Options, Turn
from repartee.engines.worker.pool import Workers
from repartee.protocol.prompt import Hints

TURNS = 16  # that a process listens to at once, for each that it decodes
CORES = 4  # from which on more make a decoding hardly faster

ComputeType = Literal[
    "auto",
    "default",
    "int8",
    "int8_float32",
    "int8_float16",
    "int8_bfloat16",
    "int16",
    "float16",
    "bfloat16",
    "float32",
]


class FasterWhisper:
    """Understands a hundred languages: Whisper models of any size, by faster-whisper.

    `model` is a folder with a model converted for CTranslate2, or the name of one in the hub's
    cache ("faster-whisper-small", ORG/NAME); nothing is downloaded.  `compute_type` "auto" is the
    fastest that the device has, "default" what the model is stored as.

    A process decodes `at_once` stretches of sound at a time, each with `threads` cores (by default
    as many as there are for each, four at most); others wait in line.  Further `processes`, each
    with the model again, are started where very many speak at once.

    Words are told at pauses and at the end.  With `partials_s` they are told while someone speaks,
    too: whenever so many seconds of sound are new and nothing else is being decoded.  Whisper
    always hears 30 s, mostly silence, so that each time costs as much as the last.

    `beam_size` is how many drafts of a text are followed.  `vad` asks faster-whisper's own net
    whether there is a voice, before sound is decoded: for sessions without turn detection.

    A call of the model cannot be interrupted.  Cancelled work is over at once for who asked, and
    goes no further than its present call, which others may have to wait for: a process that has
    loaded a large model is not ended for that.
    """

    licence = "MIT (code, and the models by OpenAI)"
    notice = (
        "Whisper hears 30 s at a time, however short a turn is: on a CPU that takes half a second "
        "with the smallest model, seconds with good ones. Use a GPU for those."
    )
    rate = 16_000
    logprobs = True
    guesses = True

    def __init__(
        self,
        model: str,
        device: Literal["auto", "cpu", "cuda"] = "auto",
        compute_type: ComputeType = "auto",
        beam_size: Annotated[int, Meta(ge=1)] = 5,
        partials_s: Annotated[float, Meta(ge=0)] = 0.0,
        vad: bool = False,
        threads: Annotated[int, Meta(ge=1)] | None = None,
        at_once: Annotated[int, Meta(ge=1)] = 1,
        processes: Annotated[int, Meta(ge=1)] = 1,
    ) -> None:
        cores = max(1, (os.cpu_count() or 1) // at_once)
        options = Options(
            model=str(find_model(model)),
            device=device,
            compute_type=compute_type,
            beam_size=beam_size,
            partials_s=partials_s,
            vad=vad,
            threads=threads or min(CORES, cores),
            at_once=at_once,
        )
        self._workers = Workers(
            "repartee.engines.whisper.hearing:Hearing",
            options,
            Words,
            "faster-whisper",
            processes=processes,
            at_once=TURNS * at_once,
        )

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its worker processes."""
        return self._workers.pids

    async def open(self) -> None:
        """Load the model in the first process, and let it hear once.  Raises EngineError."""
        if find_spec("faster_whisper") is None:
            raise EngineError("faster-whisper is not installed: pip install 'repartee[whisper]'")
        await self._workers.open()

    async def close(self) -> None:
        await self._workers.close()

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`.  A language that Whisper does not know is found out from the sound."""
        language = (hints.language or "").partition("-")[0].lower()
        turn = Turn(language or None, hints.prompt or "", hints.keywords)
        async with aclosing(self._workers.run(turn, audio)) as hypotheses:
            async for words in hypotheses:
                yield words
