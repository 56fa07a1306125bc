"""Turns, inside the worker process: sound is gathered, and decoded at pauses, ends, and between.

A decoding is a few calls into C++ that cannot be interrupted, each from 10 ms to several seconds
long; they run in threads of their own, so that other turns go on and a cancelled one ends at once.
What was cancelled gives no result, and makes no further call.  The call that is under way keeps its
thread busy until it returns; the process is not ended for it: that would take the other turns with
it, and loading a model costs more than any call.
"""

import os
import signal
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event, Timer

from repartee.engines.hypothesis import Word, Words
from repartee.engines.whisper.agreement import Agreement
from repartee.engines.whisper.decoding import RATE, Decoder, Dropped
from repartee.engines.whisper.pieces import Piece, joined
from repartee.engines.whisper.silence import audible
from repartee.engines.whisper.wire import Options, Turn
from repartee.engines.worker.work import Steps

MS = RATE * 2 // 1000  # bytes
WINDOW_MS = 30_000  # what the model hears at a time
WINDOW = WINDOW_MS * MS
CUT_OFF_MS = 2_000  # at a window's end, where a word may not be whole
POLL_S = 0.005  # between two looks at a decoding; other turns have theirs meanwhile
STUCK_S = 120.0  # a decoding that takes longer hangs


class Hearing:
    """The model, and the threads that ask it."""

    options_type = Options
    request_type = Turn

    def __init__(self, options: Options) -> None:
        self.every = round(options.partials_s * 1000) * MS  # bytes; 0: never
        self._decoder = Decoder(options)
        self._threads = ThreadPoolExecutor(options.at_once)
        self._at_once = options.at_once
        self._under_way: list[Future[list[Piece]]] = []

    @property
    def is_free(self) -> bool:
        """Whether a decoding would begin at once."""
        self._under_way = [each for each in self._under_way if not each.done()]
        return len(self._under_way) < self._at_once

    def begin(self, request: Turn, stopped: Callable[[], bool]) -> "Hearer":
        return Hearer(self, request)

    def decode(
        self, sound: bytes, turn: Turn, beginning: list[int], *, aligned: bool
    ) -> "Decoding":
        dropped = Event()

        def decode() -> list[Piece]:
            if dropped.is_set():
                raise Dropped
            alarm = Timer(STUCK_S, os.kill, (os.getpid(), signal.SIGALRM))
            alarm.daemon = True
            alarm.start()
            try:
                return self._decoder.hear(
                    sound, turn, dropped.is_set, beginning=beginning, aligned=aligned
                )
            finally:
                alarm.cancel()

        found = self._threads.submit(decode)
        self._under_way.append(found)
        return Decoding(found, dropped)


class Decoding:
    """A stretch of sound on its way to words."""

    def __init__(self, found: Future[list[Piece]], dropped: Event) -> None:
        self._found = found
        self._dropped = dropped

    @property
    def is_done(self) -> bool:
        return self._found.done()

    def drop(self) -> None:
        self._dropped.set()
        self._found.cancel()

    def result(self) -> list[Piece]:
        return self._found.result()

    def wait(self) -> Generator[None, None, list[Piece]]:
        while not self._found.done():
            try:
                self._found.result(POLL_S)
            except TimeoutError:
                yield None
        return self._found.result()


class Hearer:
    """One turn: sound in, hypotheses out.

    A turn that outgrows the model's window is decoded as it does: the words that are whole stand
    fast, and the sound after them begins the next window.
    """

    def __init__(self, hearing: Hearing, turn: Turn) -> None:
        self._hearing = hearing
        self._turn = turn
        self._sound = bytearray()  # of this window
        self._begun_ms = 0  # where it begins
        self._looked = 0  # bytes of it that the last partial hypothesis knows
        self._understood: list[Piece] = []  # before this window
        self._known: tuple[int, list[Piece]] | None = None  # the words of so many bytes of it
        self._agreement = Agreement()
        self._partial: Decoding | None = None  # under way
        self._awaited: Decoding | None = None

    def feed(self, data: bytes) -> Steps:
        if not data:
            return self._tell(complete=True)
        return self._hear(data)

    def finish(self) -> Steps:
        return self._tell(final=True)

    def close(self) -> None:
        for decoding in (self._partial, self._awaited):
            if decoding is not None:
                decoding.drop()

    def _hear(self, data: bytes) -> Steps:
        self._sound += data
        while len(self._sound) > WINDOW:
            yield from self._settle()
        if self._partial is not None and self._partial.is_done:
            yield self._news(self._partial.result())
            self._partial = None
        if self._is_due:
            self._looked = len(self._sound)
            if not self._is_known(sound := audible(self._sound)):
                self._partial = self._decode(sound, aligned=False)

    @property
    def _is_due(self) -> bool:
        """Whether it is time for a partial hypothesis, and the model has time for it."""
        every, new = self._hearing.every, len(self._sound) - self._looked
        return 0 < every <= new and self._partial is None and self._hearing.is_free

    def _news(self, heard: list[Piece]) -> Words:
        self._agreement.learn(heard)
        return Words(joined([*self._understood, *heard]), len(self._stable))

    def _tell(self, **kind: bool) -> Steps:
        """All words so far: at the end, or at a pause as if it were that."""
        words = [*self._understood, *(yield from self._words())]
        text = joined(words)
        stable = len(text) if kind.get("final") else len(self._stable)
        yield Words(text, stable, words=tuple(map(_word, words)), **kind)

    def _settle(self) -> Steps:
        words = yield from self._words()
        end_ms = self._begun_ms + WINDOW_MS
        whole = sum(word.end_ms <= end_ms - CUT_OFF_MS for word in words)
        whole = max(whole, len(self._agreement.stable))
        if 0 < whole < len(words) and words[whole - 1].end_ms >= end_ms - WINDOW_MS // 2:
            words, end_ms = words[:whole], words[whole - 1].end_ms
        del self._sound[: (end_ms - self._begun_ms) * MS]
        self._begun_ms, self._looked = end_ms, 0
        self._understood += words
        self._agreement, self._known = Agreement(), None
        yield Words(self._stable, len(self._stable))

    @property
    def _stable(self) -> str:
        return joined([*self._understood, *self._agreement.stable])

    def _words(self) -> Generator[None, None, list[Piece]]:
        """The words of this window, in their places of the turn.

        They are what they were before if only silence has followed.
        """
        if self._partial is not None:
            self._partial.drop()
            self._partial = None
        sound = audible(self._sound[:WINDOW])
        if not self._is_known(sound):
            self._awaited = self._decode(sound, aligned=True)
            self._known = len(sound), (yield from self._awaited.wait())
            self._awaited = None
        assert self._known is not None
        begun, (_, words) = self._begun_ms, self._known
        return [
            word._replace(start_ms=word.start_ms + begun, end_ms=word.end_ms + begun)
            for word in words
        ]

    def _is_known(self, sound: bytes) -> bool:
        return self._known is not None and self._known[0] == len(sound)

    def _decode(self, sound: bytes, *, aligned: bool) -> Decoding:
        return self._hearing.decode(sound, self._turn, self._agreement.tokens, aligned=aligned)


def _word(piece: Piece) -> Word:
    return Word(piece.text.strip(), piece.logprob, piece.start_ms, piece.end_ms)
