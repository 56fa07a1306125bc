"""Recognition with streaming models: text grows while the sound comes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from repartee.engines.hypothesis import Word, Words
from repartee.engines.sherpa.wire import Ears, Turn
from repartee.engines.sherpa.wording import Settling, is_word_by_word, joined, words
from repartee.engines.worker.work import Steps

RATE = 16_000
MS = RATE // 1000

STEADY_STEPS = 6  # hypotheses of a beam search that a word must outlast; the model's chunks
BATCH = 16  # streams that go through the model together


class Streams:
    """One recogniser and all streams that it hears now, which go through the model together."""

    def __init__(self, recognizer: Any, options: Ears) -> None:
        self.recognizer = recognizer
        self.options = options
        self._live: list[Any] = []

    def open(self, turn: Turn) -> Any:
        hotwords = "/".join(turn.hotwords)
        stream = self.recognizer.create_stream(hotwords or None)
        if language := turn.language or self.options.language:
            stream.set_option("language", language)
        self._live.append(stream)
        return stream

    def close(self, stream: Any) -> None:
        self._live.remove(stream)

    def step(self, stream: Any) -> bool:
        """One chunk of the stream, and of others that wait; false where it has no whole one."""
        if not self.recognizer.is_ready(stream):
            return False
        others = (each for each in self._live if each is not stream)
        waiting = [each for each in others if self.recognizer.is_ready(each)]
        self.recognizer.decode_streams([stream, *waiting[: BATCH - 1]])
        return True


class StreamHearer:
    """One turn: sound in, hypotheses out."""

    def __init__(self, streams: Streams, turn: Turn) -> None:
        self._streams = streams
        self._stream = streams.open(turn)
        self._rest = b""  # half a sample
        self._heard = 0  # samples
        self._added: list[tuple[float, float]] = []  # our silences: where in the stream, ms
        self._understood: list[str] = []  # what was said before the last endpoint
        self._words: list[Word] = []  # of that
        self._settling = self._new_settling()
        self._told = Words("")

    def feed(self, data: bytes) -> Steps:
        if not data:  # a pause
            yield from self._pause()
            return
        sound = self._rest + data
        whole = len(sound) // 2 * 2
        self._rest = sound[whole:]
        self._heard += whole // 2
        self._stream.accept_waveform(RATE, samples(sound[:whole]))
        yield None  # let others bring their sound: all go through the model together
        while self._streams.step(self._stream):
            yield self._news()

    def finish(self) -> Steps:
        self._stream.accept_waveform(RATE, self._silence())
        self._stream.input_finished()
        while self._streams.step(self._stream):
            yield None
        text, found = self._hypothesis()
        yield Words(text, len(text), final=True, words=found)

    def close(self) -> None:
        self._streams.close(self._stream)

    def _pause(self) -> Steps:
        self._added.append((self._stream_ms, self._streams.options.tail_ms))
        self._stream.accept_waveform(RATE, self._silence())
        while self._streams.step(self._stream):
            yield None
        text, found = self._hypothesis()
        self._told = Words(text, len(self._fast()), words=found, complete=True)
        yield self._told

    def _news(self) -> Words | None:
        """The hypothesis if it has changed."""
        text, found = self._hypothesis()
        told, self._told = self._told, Words(text, len(self._fast()), words=found)
        if self._streams.recognizer.is_endpoint(self._stream):
            self._end_segment(text, found)
        changed = (told.text, told.stable) != (self._told.text, self._told.stable)
        return self._told if changed else None

    def _end_segment(self, text: str, found: tuple[Word, ...]) -> None:
        """From here on, what was understood stands fast."""
        self._understood, self._words = [text], list(found)
        self._streams.recognizer.reset(self._stream)
        self._settling = self._new_settling()
        self._told = Words(text, len(text), words=found)

    def _hypothesis(self) -> tuple[str, tuple[Word, ...]]:
        result = self._streams.recognizer.get_result_all(self._stream)
        heard = self._settling.take(result.text.strip())
        text = joined([*self._understood, heard])
        if not self._streams.options.posteriors:
            return text, ()
        start_ms = 1000 * result.start_time
        new = words(
            result.tokens,
            result.timestamps,
            result.ys_probs,
            lambda ms: self._place_ms(start_ms + ms),
        )
        found = (*self._words, *new)
        return text, found if is_word_by_word(text, found) else ()

    def _fast(self) -> str:
        return joined([*self._understood, self._settling.fast])

    def _new_settling(self) -> Settling:
        return Settling(STEADY_STEPS if self._streams.options.hotwords else 1)

    def _silence(self) -> NDArray[np.float32]:
        return np.zeros(self._streams.options.tail_ms * MS, np.float32)

    @property
    def _stream_ms(self) -> float:
        return self._heard / MS + sum(length for _, length in self._added)

    def _place_ms(self, stream_ms: float) -> int:
        """Where in the turn something is that the recogniser has at this place of its stream."""
        place = stream_ms
        for at, length in self._added:
            place -= min(max(0.0, stream_ms - at), length)
        return min(round(place), self._heard // MS)


def samples(sound: bytes) -> NDArray[np.float32]:
    """Mono s16 PCM as float32 in -1…1."""
    return np.frombuffer(sound, "<i2").astype(np.float32) / np.float32(32_768)
