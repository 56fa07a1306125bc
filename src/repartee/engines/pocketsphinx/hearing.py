"""Recognition with pocketsphinx, inside its worker process."""

import ctypes
import math
from collections.abc import Callable, Iterable

import pocketsphinx  # type: ignore[import-untyped]

from repartee.engines.hypothesis import Word, Words
from repartee.engines.pocketsphinx.level import RATE, Level
from repartee.engines.pocketsphinx.lexicon import Lexicon
from repartee.engines.pocketsphinx.pause import LEAD, Pause, power
from repartee.engines.pocketsphinx.wire import Options, Turn
from repartee.engines.worker.work import Steps

MS = RATE * 2 // 1000  # bytes
FRAME_MS = 10
STEP_MS = 100  # 10 ms of work or so
PARTIAL_MS = 200

# A turn is decoded in stretches, which end when a pause is told of, or when they are long: the
# last pass over one is done in one go, and what was understood of those before stands fast.
STRETCH_MS = 8_000  # and on to the next pause
PAUSE_MS = 300
LONGEST_STRETCH_MS = 20_000

# A word that is cut off, by a turn's end or by ours, must still be able to end.
SILENCE = bytes(100 * MS)

# A narrower search than stock: as accurate, and the last pass takes a fraction of the time.
SEARCH = {
    "fwdflat": False,  # no second pass over the words
    "maxwpf": 20,  # words that may end at a frame, of which the lattice is made
    "maxhmmpf": 5_000,  # what noise can cost
}

LEAST_LOGPROB = -100.0  # where a posterior is told as zero


class Hearing:
    """The decoders: one waits for the next turn, further ones live only while they are needed."""

    options_type = Options
    request_type = Turn

    def __init__(self, options: Options) -> None:
        self._lexicon = Lexicon(options.vocabulary)
        self._free = [self._decoder()]

    def begin(self, request: Turn, stopped: Callable[[], bool]) -> "Hearer":
        return Hearer(self._free.pop() if self._free else self._decoder(), self._take_back)

    def _decoder(self) -> pocketsphinx.Decoder:
        return pocketsphinx.Decoder(dict=self._lexicon.path, loglevel="FATAL", **SEARCH)

    def _take_back(self, decoder: pocketsphinx.Decoder) -> None:
        self._free.append(decoder)
        if len(self._free) > 1:
            del self._free[0]  # 50 MB
            _trim_memory()


class Hearer:
    """One turn: sound in, hypotheses out."""

    def __init__(
        self, decoder: pocketsphinx.Decoder, give_back: Callable[[pocketsphinx.Decoder], None]
    ) -> None:
        self._decoder = decoder
        self._give_back = give_back
        decoder.reinit_feat()  # or its noise filter would remember the turn before
        self._level = Level(decoder)
        self._rest = b""  # sound that fills no step yet
        self._heard = 0  # samples
        self._last, self._loudest = b"", 0.0  # of them, which a pause is judged by
        self._begun_ms = 0  # where this stretch begins
        self._searched_ms = 0  # where news was last looked for
        self._understood: list[Word] = []  # before this stretch
        self._told = Words("")
        self._pause: Pause | None = None  # since the last stretch
        decoder.start_utt()
        self._decoding = True

    def feed(self, data: bytes) -> Steps:
        return self._hear(data) if data else self._complete()

    def _hear(self, data: bytes) -> Steps:
        sound = self._rest + data
        step = STEP_MS * MS
        whole = len(sound) - len(sound) % step
        self._rest = sound[whole:]
        for start in range(0, whole, step):
            self._take(sound[start : start + step])
            yield self._news() if self._heard_ms - self._searched_ms >= PARTIAL_MS else None

    def _complete(self) -> Steps:
        """The speaker has paused: what was understood is told and stands fast."""
        yield from self._catch_up()
        if self._pause is None:
            self._end_stretch()
            self._pause = Pause(self._last, self._loudest)
        text = _text(self._understood)
        self._told = Words(text, len(text))
        yield Words(text, len(text), words=tuple(self._understood), complete=True)

    def finish(self) -> Steps:
        yield from self._catch_up()
        if self._pause is None:
            self._end_stretch()
        text = _text(self._understood)
        yield Words(text, len(text), final=True, words=tuple(self._understood))

    def _catch_up(self) -> Steps:
        """Take what fills no step, too; half a sample is left."""
        whole = len(self._rest) // 2 * 2
        rest, self._rest = self._rest[:whole], self._rest[whole:]
        if rest:
            self._take(rest)
            yield None

    def close(self) -> None:
        decoder = self._decoder
        del self._decoder, self._level  # whoever drops the decoder is to free it
        try:
            if self._decoding:
                decoder.end_utt()
        except RuntimeError:
            return  # one in disorder is not used again
        self._give_back(decoder)

    @property
    def _heard_ms(self) -> int:
        return self._heard * 1000 // RATE

    def _take(self, sound: bytes) -> None:
        """Decode the sound, unless a pause goes on."""
        self._heard += len(sound) // 2
        if self._pause is None:
            self._decode(sound)
        elif speech := self._pause.ended_by(sound):
            self._pause = None
            self._begin_stretch(self._heard_ms - len(speech) // MS)
            self._decode(speech)

    def _decode(self, sound: bytes) -> None:
        self._decoder.process_raw(sound)
        self._level.heard(len(sound) // 2)
        self._last = (self._last + sound)[-LEAD:]
        self._loudest = max(self._loudest, power(sound))

    def _news(self) -> Words | None:
        """The hypothesis if it has changed."""
        if self._pause is not None:
            return None
        self._searched_ms = self._heard_ms
        segments = self._segments()
        if self._is_over(segments):
            self._end_stretch()
            self._begin_stretch(self._heard_ms)
            segments = []
        text = _text([*self._understood, *self._words(segments)])
        told, self._told = self._told, Words(text, stable=len(_text(self._understood)))
        return self._told if self._told != told else None

    def _is_over(self, segments: list[pocketsphinx.Segment]) -> bool:
        """Whether the stretch is long enough, and ends in a pause."""
        length = self._heard_ms - self._begun_ms
        if length < STRETCH_MS or not segments:
            return False
        last = segments[-1]
        silent = FRAME_MS * (last.end_frame - last.start_frame) if _is_filler(last.word) else 0
        return silent >= PAUSE_MS or length >= LONGEST_STRETCH_MS

    def _segments(self) -> list[pocketsphinx.Segment]:
        return list(self._decoder.seg() or ())  # None where nothing is understood

    def _end_stretch(self) -> None:
        self._decoder.process_raw(SILENCE)
        self._decoder.end_utt()
        self._decoding = False
        self._understood += self._words(self._segments())

    def _begin_stretch(self, begun_ms: int) -> None:
        self._decoder.start_utt()
        self._decoding = True
        self._begun_ms = begun_ms

    def _words(self, segments: Iterable[pocketsphinx.Segment]) -> list[Word]:
        return [
            Word(
                segment.word.partition("(")[0],  # "word(2)" is another way to say it
                _logprob(segment.prob),
                self._place_ms(segment.start_frame),
                self._place_ms(segment.end_frame + 1),
            )
            for segment in segments
            if not _is_filler(segment.word)
        ]

    def _place_ms(self, frame: int) -> int:
        """Where a frame of this stretch is in the turn, of which our silence is no part."""
        return min(self._begun_ms + frame * FRAME_MS, self._heard_ms)


def _is_filler(word: str) -> bool:
    """Silence and noises: "<sil>", "[NOISE]"."""
    return word[0] in "<[+"


def _logprob(posterior: float) -> float:
    """Natural logarithm, in the range that JSON can carry; rounding may tell more than one."""
    return max(LEAST_LOGPROB, math.log(min(1.0, posterior))) if posterior > 0 else LEAST_LOGPROB


def _text(words: Iterable[Word]) -> str:
    return " ".join(word.text for word in words)


def _trim_memory() -> None:
    """Hand freed memory back to the system, where the C library (glibc) does not by itself."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
