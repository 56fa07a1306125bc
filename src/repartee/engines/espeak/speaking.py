"""Speech with espeak-ng, inside its worker process."""

from collections.abc import Callable
from itertools import pairwise

from repartee.engines.espeak.library import Library
from repartee.engines.espeak.text import fragments, pause_s, speakable, word_starts
from repartee.engines.espeak.voices import voice
from repartee.engines.espeak.wire import RATE, Options, Sound, Utterance
from repartee.engines.worker.work import Steps

FIRST_MS = (20, 40, 80)  # the first chunks are short, so that sound begins soon
CHUNK_MS = 200
LEAST_MS = 20  # a shorter rest is not cut off

AMERICAN = "en-us"


class Speaking:
    """The one library, which all utterances share: it speaks a fragment at a time."""

    options_type = Options
    request_type = Utterance

    def __init__(self, options: Options) -> None:
        self._library = Library()
        self._languages = self._library.languages()
        self._usual = options.language
        self._chosen: Utterance | None = None
        # The first words ever take ten times as long as any later ones.
        self.speak("Hello.", Utterance(voice("")), lambda: False)

    def begin(self, request: Utterance, stopped: Callable[[], bool]) -> "Speaker":
        return Speaker(self, request, stopped)

    def speak(
        self, text: str, utterance: Utterance, stopped: Callable[[], bool]
    ) -> tuple[bytes, list[tuple[int, int]]]:
        """See `Library.speak`."""
        if utterance != self._chosen:
            self._chosen = None
            self._library.choose(self._file(utterance.language), utterance.voice)
            self._chosen = utterance
        return self._library.speak(text, stopped)

    def _file(self, language: str | None) -> str:
        found = (nearest(tag, self._languages) for tag in (language, self._usual) if tag)
        return next(filter(None, found), self._languages[AMERICAN])


class Speaker:
    """One utterance: text in, sound out."""

    def __init__(
        self, speaking: Speaking, utterance: Utterance, stopped: Callable[[], bool]
    ) -> None:
        self._speaking = speaking
        self._utterance = utterance
        self._stopped = stopped
        self._silent = 0  # characters that no sound has begun with yet
        self._pause_s = 0.0  # due before anything more is spoken
        self._limits = [*FIRST_MS]

    def feed(self, data: bytes) -> Steps:
        for fragment in fragments(data.decode()):
            yield from self._speak(fragment)

    def finish(self) -> Steps:
        yield from ()

    def close(self) -> None:
        """Nothing is held."""

    def _speak(self, fragment: str) -> Steps:
        text = speakable(fragment)
        if text.isspace():
            self._silent += len(fragment)
            return
        pcm, words = self._speaking.speak(text, self._utterance, self._stopped)
        yield from self._chunks(bytes(2 * round(self._pause_s * RATE)), 0)
        self._pause_s = pause_s(text)
        spans = [*word_starts(text, words), (len(pcm) // 2, len(text))]
        for (start, place), (end, next_place) in pairwise(spans):
            yield from self._chunks(pcm[2 * start : 2 * end], next_place - place)

    def _chunks(self, pcm: bytes, characters: int) -> Steps:
        """The sound in chunks, of which the first tells how many characters begin with it."""
        self._silent += characters
        begin = 0
        while begin < len(pcm):
            end = begin + _bytes(self._limits.pop(0) if self._limits else CHUNK_MS)
            if end + _bytes(LEAST_MS) > len(pcm):
                end = len(pcm)
            yield Sound(pcm[begin:end], self._silent)
            self._silent = 0
            begin = end


def nearest(tag: str, languages: dict[str, str]) -> str | None:
    """The voice file for a language tag, or for the closest more general one that has any."""
    tag = tag.lower().replace("_", "-")
    if tag == "en":
        return languages.get(AMERICAN)
    while tag and tag not in languages:
        tag = tag.rpartition("-")[0]
    return languages.get(tag)


def _bytes(ms: int) -> int:
    return 2 * (ms * RATE // 1000)
