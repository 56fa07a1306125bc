"""Which word begins with which sound, where nobody tells (pure).

An endpoint says nothing of words, and while its sound streams not even how long it will be.  So
each word is placed by what is known of the voice: how long a character has taken it so far.  If
the sound ends earlier than that, all words that are left begin with its last 20 ms; if it ends
later, the last word is long.  No character is lost either way.
"""

import re
from collections import deque

from repartee.engines.protocols import Speech

_LAST_MS = 20  # sound held back until more comes, so that no text is left without sound

_USUAL_MS = 65.0  # a character of English, read aloud
_TRUST = 40  # characters after which what was heard outweighs the usual
_MEMORY = 0.8  # what a piece still counts when the next one was heard

# Scripts without spaces go by the character; what never ends is cut.
ALONE = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"\s*(?:[{ALONE}]|[^\s{ALONE}]{{1,32}})(?:\s+\Z)?")


class Tempo:
    """How long a voice takes for a character: a running mean over what it has spoken, in ms."""

    def __init__(self) -> None:
        self._characters = float(_TRUST)
        self._ms = _USUAL_MS * _TRUST

    @property
    def ms_per_character(self) -> float:
        return self._ms / self._characters

    def learn(self, characters: int, ms: float) -> None:
        """So many characters were spoken in so long."""
        self._characters = _MEMORY * self._characters + characters
        self._ms = _MEMORY * self._ms + ms


class Marks:
    """Cuts the sound of one piece of text where its words are thought to begin.

    Where the text comes bit by bit, no bit may end within a word.
    """

    def __init__(self, text: str, ms_per_character: float, rate: int) -> None:
        self._bytes_per_ms = 2 * rate / 1000
        self._last = _bytes(_LAST_MS * self._bytes_per_ms)
        self._held = bytearray()
        self._given = 0  # bytes of sound
        self._words: deque[tuple[int, str]] = deque()  # with the byte each begins at
        self._bytes_per_character = ms_per_character * self._bytes_per_ms
        self.characters = 0  # of the text so far
        self.extend(text)

    def extend(self, text: str) -> None:
        """The text goes on."""
        for word in _WORD.findall(text):
            self._words.append((_bytes(self.characters * self._bytes_per_character), word))
            self.characters += len(word)

    @property
    def ms(self) -> float:
        """How much sound has come."""
        return (self._given + len(self._held)) / self._bytes_per_ms

    def feed(self, pcm: bytes) -> list[Speech]:
        """The sound that can be given now, each stretch with the words that begin with it."""
        self._held += pcm
        return self._give(len(self._held) - self._last)

    def finish(self) -> Speech:
        """The rest of the sound, with all words that have not begun."""
        rest = "".join(word for _, word in self._words)
        return Speech(bytes(self._held), rest)

    def _give(self, size: int) -> list[Speech]:
        given = []
        end = self._given + size
        while self._given < end:
            text = ""
            while self._words and self._words[0][0] <= self._given:
                text += self._words.popleft()[1]
            stop = min(end, self._words[0][0]) if self._words else end
            given.append(Speech(bytes(self._held[: stop - self._given]), text))
            del self._held[: stop - self._given]
            self._given = stop
        return given


def _bytes(length: float) -> int:
    """So many bytes, in whole samples."""
    return int(length) // 2 * 2
