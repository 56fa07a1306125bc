"""Text made ready for a simple voice: what cannot be spoken is blanked, long text is cut.

Blanking never changes the length, so that places in the text stay what they are.
"""

import re
from collections.abc import Iterable, Iterator

LONGEST = 250  # characters in one go: 15 ms of work for ordinary text

SENTENCE_S = 0.28  # the pauses that espeak-ng itself makes between sentences and between clauses
CLAUSE_S = 0.13

# Control characters (espeak-ng takes some as commands), surrogates and private use.
_UNSPEAKABLE = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ue000-\uf8ff\U000f0000-\U0010ffff]")
# Signs that set text in Markdown and are not to be heard; 2*3 stays as it is.
_MARKUP = re.compile(r"(?<!\d)[*_`~]+|[*_`~]+(?!\d)|^\s*#+(?=\s)|^\s*>+(?=\s)", re.MULTILINE)

# Of Latin scripts, and of Chinese and Japanese, Hindi and Arabic.
_SENTENCE_END = ".!?\u2026" + "\u3002\uff01\uff1f" + "\u0964\u061f"
_CLAUSE_END = ",;:" + "\uff0c\u3001\uff1b\uff1a" + "\u060c\u061b"
_CLOSING = "\"'\u201d\u2019)]}\u00bb\u300d"

# Where to cut, from best to worst: after a sentence, after a clause, between words.
_CUTS = (
    re.compile(rf"[{_SENTENCE_END}][{re.escape(_CLOSING)}]*\s+|\n\s*|[\u3002\uff01\uff1f]"),
    re.compile(rf"[{_CLAUSE_END}]\s+|[\uff0c\u3001\uff1b\uff1a]"),
    re.compile(r"\s+"),
)
# Scripts without spaces between words: there a word may begin after any character.
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\ua4cf\uf900-\ufaff]")


def speakable(text: str) -> str:
    """The text with blanks where something is not to be spoken; of the same length."""
    plain = _MARKUP.sub(lambda found: " " * len(found[0]), text)
    return _UNSPEAKABLE.sub(" ", plain)


def fragments(text: str) -> Iterator[str]:
    """The text in parts to be spoken in one go: up to an end of sentence, of clause, of word."""
    begin = 0
    while begin < len(text):
        end = len(text)
        if end - begin > LONGEST:
            end = begin + _cut(text[begin : begin + LONGEST])
        yield text[begin:end]
        begin = end


def _cut(window: str) -> int:
    for cuts in _CUTS:
        ends = [found.end() for found in cuts.finditer(window)]
        if ends:
            return ends[-1]
    return len(window)


def pause_s(text: str) -> float:
    """How long to pause after the text before more is spoken, in seconds."""
    last = text.rstrip().rstrip(_CLOSING)[-1:]
    if last and last in _SENTENCE_END:
        return SENTENCE_S
    return CLAUSE_S if last and last in _CLAUSE_END else 0.0


def word_starts(text: str, found: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Where written words begin: (sample, place in the text), of espeak-ng's word events.

    It may say several words for a written one ("1,234"), and none for the signs before it.  The
    first is always (0, 0); samples and places grow.
    """
    starts = [(0, 0)]
    for sample, place in found:
        start = _word_start(text, min(place, len(text) - 1))
        if sample > starts[-1][0] and start > starts[-1][1]:
            starts.append((sample, start))
    return starts


def _word_start(text: str, place: int) -> int:
    if _UNSPACED.match(text[place]):
        return place
    while place > 0 and not text[place - 1].isspace():
        place -= 1
    return place
