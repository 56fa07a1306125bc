"""Ears without a model hub: pocketsphinx, in a worker process."""

import logging
import os
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from importlib.util import find_spec
from typing import Annotated

from msgspec import Meta

from repartee.engines.pocketsphinx.wire import Options, Turn
from repartee.engines.protocols import EngineError, Words
from repartee.engines.worker.pool import Workers
from repartee.protocol.prompt import Hints

log = logging.getLogger(__name__)

TURNS = 4  # at once in a process; each takes 15 % of a core while someone speaks, and 50 MB


class PocketsphinxRecognizer:
    """Understands English speech with the model that comes with pocketsphinx.

    `vocabulary` is how many words it knows, the most frequent ones of its dictionary.  Up to
    `processes` are started when many speak at once, as many as there are cores where none is given.

    Hypotheses come every 200 ms of sound.  What was said before a pause it was told of is stable,
    and so is what was said before the last long pause of a long turn.  Log probabilities are the
    word posteriors in the decoder's lattice.
    """

    licence = "BSD-2-Clause style (code and en-us model)"
    notice = (
        "pocketsphinx gets about half of the words of free speech wrong, and knows English only: "
        "it is there to prove that sound goes in and words come out. Choose other ears for use."
    )
    rate = 16_000
    logprobs = True
    guesses = True

    def __init__(
        self,
        vocabulary: Annotated[int, Meta(ge=1)] = 20_000,
        processes: Annotated[int, Meta(ge=1)] | None = None,
    ) -> None:
        self._workers = Workers(
            "repartee.engines.pocketsphinx.hearing:Hearing",
            Options(vocabulary),
            Words,
            "pocketsphinx",
            processes=processes or os.cpu_count() or 1,
            at_once=TURNS,
        )
        self._warned: set[str] = set()

    @property
    def pids(self) -> tuple[int, ...]:
        """The ids of its worker processes."""
        return self._workers.pids

    async def open(self) -> None:
        """Load the model in the first process: half a second."""
        if find_spec("pocketsphinx") is None:
            raise EngineError("pocketsphinx is not installed: pip install 'repartee[offline]'")
        await self._workers.open()

    async def close(self) -> None:
        await self._workers.close()

    async def recognize(
        self, audio: AsyncIterator[bytes], hints: Hints
    ) -> AsyncGenerator[Words, None]:
        """See `Recognizer`; hints cannot be used, and the log says so once."""
        self._warn(hints)
        async with aclosing(self._workers.run(Turn(), audio)) as hypotheses:
            async for words in hypotheses:
                yield words

    def _warn(self, hints: Hints) -> None:
        useless = {
            "language": hints.language is not None and not hints.language.startswith("en"),
            "prompt": bool(hints.prompt),
            "keywords": bool(hints.keywords),
        }
        for hint, given in useless.items():
            if given and hint not in self._warned:
                self._warned.add(hint)
                log.warning("pocketsphinx cannot use the hint %s: it is ignored", hint)
