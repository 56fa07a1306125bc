"""Recognition with models that want a whole stretch of speech at a time.

A turn is decoded when it ends, and at each pause what there is of it so far, so that a guess is
at hand.  A long one is cut into stretches where it is most quiet; those before stand fast.
Decoding blocks and cannot be broken off; it runs in a thread, and who has left does not wait.
"""

from collections.abc import Generator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any, NamedTuple

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from repartee.engines.hypothesis import Word, Words
from repartee.engines.sherpa.streams import MS, RATE, samples
from repartee.engines.sherpa.wire import Ears, Turn
from repartee.engines.sherpa.wording import is_word_by_word, joined, words
from repartee.engines.worker.work import Steps

LONGEST_MS = 28_000  # Whisper takes 30 s; others use memory with the square of the length
SEARCHED_MS = 8_000  # at the end of which the most quiet place is looked for
QUIET_MS = 200  # how long a place is
LEAST_MS = 100  # less is silence to every model, and some refuse it
PATIENCE_S = 0.002  # how long a step waits for the thread


class Found(NamedTuple):
    """What is said in a stretch."""

    text: str
    words: tuple[Word, ...]


class Stretches:
    """One recogniser, and the thread that it works in."""

    def __init__(self, recognizer: Any, options: Ears) -> None:
        self.options = options
        self._recognizer = recognizer
        self._language = options.language
        self._thread = ThreadPoolExecutor(1, "decoding")

    def start(self, sound: NDArray[np.float32], turn: Turn, begun_ms: int) -> Future[Found]:
        return self._thread.submit(self._decode, sound, turn, begun_ms)

    def _decode(self, sound: NDArray[np.float32], turn: Turn, begun_ms: int) -> Found:
        self._expect(turn.language or self.options.language)
        hotwords = "/".join(turn.hotwords)
        stream = self._recognizer.create_stream(hotwords or None)
        stream.accept_waveform(RATE, sound)
        self._recognizer.decode_stream(stream)
        result = stream.result
        text = " ".join(result.text.split())
        if not self.options.posteriors:
            return Found(text, ())
        length_ms = len(sound) // MS

        def place_ms(ms: float) -> int:
            return begun_ms + min(round(ms), length_ms)

        found = words(result.tokens, result.timestamps, result.ys_log_probs, place_ms)
        return Found(text, found if is_word_by_word(text, found) else ())

    def _expect(self, language: str) -> None:
        """A language is told by the recogniser's settings, which all turns share."""
        if language != self._language:
            config = self._recognizer.config
            models = config.model_config
            model = models.whisper if self.options.family == "whisper" else models.sense_voice
            model.language = language
            self._recognizer.recognizer.set_config(config)
            self._language = language


class StretchHearer:
    """One turn: sound in, hypotheses out."""

    def __init__(self, stretches: Stretches, turn: Turn) -> None:
        self._stretches = stretches
        self._turn = turn
        self._sound = bytearray()  # of the present stretch
        self._begun_ms = 0  # where it begins
        self._past: list[Found] = []  # the stretches before
        self._latest: tuple[int, Found] | None = None  # what was found in so much of it
        self._running: Future[Found] | None = None

    def feed(self, data: bytes) -> Steps:
        self._sound += data
        if not data:
            latest = yield from self._decoded(len(self._sound) // 2 * 2)
            yield self._words(latest, complete=True)
        while len(self._sound) > 2 * LONGEST_MS * MS:
            yield from self._cut(quiet_place(self._sound[: 2 * LONGEST_MS * MS]))
            yield self._words(Found("", ()))

    def finish(self) -> Steps:
        latest = yield from self._decoded(len(self._sound) // 2 * 2)
        yield self._words(latest, final=True)

    def close(self) -> None:
        if self._running is not None:
            self._running.cancel()  # unless it has begun

    def _cut(self, size: int) -> Steps:
        """End the stretch after so many bytes."""
        self._past.append((yield from self._decoded(size)))
        del self._sound[:size]
        self._begun_ms += size // 2 // MS
        self._latest = None

    def _decoded(self, size: int) -> Generator[Struct | None, None, Found]:
        if self._latest is not None and self._latest[0] == size:
            return self._latest[1]
        if size < 2 * LEAST_MS * MS:
            return Found("", ())
        sound = samples(bytes(self._sound[:size]))
        self._running = self._stretches.start(sound, self._turn, self._begun_ms)
        while not self._running.done():
            yield None
            wait([self._running], PATIENCE_S)
        self._latest = (size, self._running.result())
        return self._latest[1]

    def _words(self, latest: Found, final: bool = False, complete: bool = False) -> Words:
        fast = joined(found.text for found in self._past)
        text = joined([fast, latest.text])
        found = tuple(word for each in [*self._past, latest] for word in each.words)
        return Words(text, len(text) if final else len(fast), final, found, complete)


def quiet_place(sound: bytes | bytearray) -> int:
    """Where, in bytes, the quietest moment of the last seconds is."""
    size = QUIET_MS * MS
    searched = samples(bytes(sound[-2 * SEARCHED_MS * MS :]))
    loudness = np.square(searched[: len(searched) // size * size]).reshape(-1, size).mean(axis=1)
    quiet = len(loudness) - 1 - int(np.argmin(loudness[::-1]))  # the last of equals
    return len(sound) - 2 * (len(searched) - quiet * size - size // 2)
