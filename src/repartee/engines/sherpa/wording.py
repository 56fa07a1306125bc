"""Words and fast text, made of what a recogniser's search tells while it goes on."""

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence

from repartee.engines.hypothesis import Word

TOKEN_MS = 80  # what a last token is taken to last; models tell beginnings only

LEAST_LOGPROB = -100.0  # where a posterior is told as zero

# Scripts without spaces between words: Chinese, Japanese, Thai, Lao, Khmer, Burmese.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff]")


def joined(parts: Iterable[str]) -> str:
    """Parts of a text with spaces between them, unless they are of a script that has none."""
    text = ""
    for part in filter(None, parts):
        unspaced = text and _UNSPACED.match(text[-1]) and _UNSPACED.match(part[0])
        text += part if unspaced or not text else f" {part}"
    return text


def words(
    tokens: Sequence[str],
    starts_s: Sequence[float],
    logprobs: Sequence[float],
    place_ms: Callable[[float], int],
) -> tuple[Word, ...]:
    """The words that the tokens make, each as probable as its tokens together.

    A token that begins a word begins with a space.  `place_ms` tells where in the turn something
    is that the recogniser has at so many ms.  There are none where not every token has its
    place and its probability.
    """
    if not len(tokens) == len(starts_s) == len(logprobs):
        return ()
    found: list[Word] = []
    for token, start_s, logprob in zip(tokens, starts_s, logprobs, strict=True):
        start, end = place_ms(1000 * start_s), place_ms(1000 * start_s + TOKEN_MS)
        text = token.strip()
        if not text:
            continue
        begins = token[0].isspace() or _UNSPACED.match(text[0])
        if found and not begins and not _UNSPACED.match(found[-1].text[-1]):
            last = found.pop()
            text, logprob, start = last.text + text, last.logprob + logprob, last.start_ms
        elif found and found[-1].end_ms > start:
            last = found.pop()
            found.append(Word(last.text, last.logprob, last.start_ms, max(last.start_ms, start)))
        found.append(Word(text, _sound(logprob), start, max(start, end)))
    return tuple(found)


def _sound(logprob: float) -> float:
    """In the range that JSON can carry; rounding may tell more than one."""
    return min(0.0, max(LEAST_LOGPROB, logprob))


def is_word_by_word(text: str, found: Iterable[Word]) -> bool:
    return "".join(word.text for word in found) == "".join(text.split())


class Settling:
    """Keeps the text of a search that may change its mind from being taken back.

    What of a text stands fast is what `steps` hypotheses in a row have had alike, up to the last
    word, which may still go on.  A greedy search only ever adds: one step is enough for it.
    """

    def __init__(self, steps: int) -> None:
        self.fast = ""
        self._recent: deque[str] = deque(maxlen=steps)

    def take(self, text: str) -> str:
        """The hypothesis, with what is fast in it kept as it was told."""
        if not text.startswith(self.fast):
            text = self.fast + _after(text, len(self.fast))
        self._recent.append(text)
        if len(self._recent) == self._recent.maxlen:
            alike = _common_beginning(self._recent)
            self.fast = max(self.fast, alike[: _last_word(alike)].rstrip(), key=len)
        return text


def _common_beginning(texts: Iterable[str]) -> str:
    first, last = min(texts), max(texts)  # in the order of the alphabet: the least alike
    for place, (one, other) in enumerate(zip(first, last, strict=False)):
        if one != other:
            return first[:place]
    return min(first, last, key=len)


def _after(text: str, place: int) -> str:
    """The words of the text that begin at or after the place."""
    rest = text[place:]
    if not rest or rest[0].isspace() or _UNSPACED.match(rest[0]):
        return rest
    space = rest.find(" ")
    return rest[space:] if space >= 0 else ""


def _last_word(text: str) -> int:
    """Where the last word of the text begins."""
    if text and _UNSPACED.match(text[-1]):
        return len(text) - 1
    return text.rfind(" ") + 1
