"""A model's text, cut into pieces worth speaking (pure).

A voice sounds best when it is given whole sentences and soonest when it is given little, so the
first piece may be a clause and all others are sentences.  Where nothing ends in time, the text is
cut at a breath: after a comma, else between words, else between characters.

A piece ends where its last character ends; white space begins the piece it precedes.  What the
pieces are depends on the text alone, not on how it was cut when it came.
"""

# ruff: noqa: RUF001 - the punctuation of many scripts is what this module is about
import re
import unicodedata
from collections.abc import Iterator

_FIRST = 60  # characters after which the first piece is spoken without waiting for a clause
_LONGEST = 250  # characters of any piece, and of text held back
_SHORTEST_CLAUSE = 12  # "Well," alone would be followed by an unnatural pause

# Quotes, brackets, marks of emphasis, and what combines with the character before it.
_CLOSERS = r"""["'”’»›)\]}」』）】》*_\u0300-\u036f\u20e3\u3099\u309a\ufe00-\ufe0f]*+"""
_SENTENCE = re.compile(
    rf"""(?P<stop>[.!?…؟۔।॥]++){_CLOSERS}(?=\s) | [。！？｡]++{_CLOSERS}(?=.) | (?=\n)""",
    re.VERBOSE | re.DOTALL,
)
_CLAUSE = re.compile(
    rf"""(?:[,;:،؛]{_CLOSERS}|\s[–—]|—)(?=\s)|[，、；：]{_CLOSERS}(?=.)""", re.DOTALL
)
_SOMETHING = re.compile(r"[^\W_]")  # a letter or a digit: bullets and dashes are not worth speaking
_LIST_NUMBER = re.compile(r"\s*\(?(?:\d{1,3}|[a-zA-Z])[.)]*")

_ABBREVIATION = re.compile(
    r"""(?:^|[\s"“(\[])(?:
        mr|mrs|ms|mx|dr|prof|st|sr|jr|rev|hon|gen|col|capt|lt|sgt|messrs|mme|mlle|herr|hr|fr
        |vs|etc|approx|ca|cf|al|inc|ltd|corp|dept|ave|blvd|mt|ft|bzw|usw|evtl|ggf|z\.b|d\.h
        |jan|feb|apr|jun|jul|aug|sep|sept|oct|nov|dec
        |(?!i\.$)(?:[^\W\d_]\.)*[^\W\d_]     # initials, e.g., U.S., a.m., but not the word "I"
    )\.$""",
    re.VERBOSE | re.IGNORECASE,
)
_FLAG_LETTERS = re.compile("[\U0001f1e6-\U0001f1ff]+$")
_NUMBERED = re.compile(r"(?:^|\W)(?:no|nos|nr|p|pp|fig|vol|ch|art|sec|op)\.$", re.IGNORECASE)


class Pieces:
    """Collects text and gives it back in pieces; all pieces joined are the text."""

    def __init__(self) -> None:
        self._held = ""
        self._first = True

    def feed(self, text: str) -> list[str]:
        """The pieces that `text` completes."""
        self._held += text
        pieces = []
        while cut := self._cut():
            pieces.append(self._held[:cut])
            self._held = self._held[cut:]
            self._first = False
        return pieces

    def finish(self) -> list[str]:
        """What is left when no more text follows."""
        rest, self._held = self._held, ""
        return [rest] if rest else []

    def _cut(self) -> int:
        """Where the first piece of the held text ends; 0 while that cannot be told."""
        limit = _FIRST if self._first else _LONGEST
        window = self._held[:limit]
        ends = [next(_sentence_ends(window), 0)]
        if self._first:
            ends.append(next(_clause_ends(window), 0))
        if any(ends):
            return min(end for end in ends if end)
        return 0 if len(self._held) < limit else _breath(window)


def _sentence_ends(text: str) -> Iterator[int]:
    for match in _SENTENCE.finditer(text):
        before, after = text[: match.end()], text[match.end() :].lstrip(" ")
        if not _SOMETHING.search(before):
            continue
        if match["stop"] != ".":
            yield match.end()
        elif not after:
            return  # the next word decides, and it is not there yet
        elif not _goes_on(before, after):
            yield match.end()


def _goes_on(before: str, after: str) -> bool:
    """Whether the full stop at the end of `before` ends no sentence."""
    if _LIST_NUMBER.fullmatch(before) or _ABBREVIATION.search(before):
        return True
    return after[0].isdigit() and _NUMBERED.search(before) is not None


def _clause_ends(text: str) -> Iterator[int]:
    for match in _CLAUSE.finditer(text):
        if match.end() >= _SHORTEST_CLAUSE and _SOMETHING.search(text[: match.end()]):
            yield match.end()


def _breath(text: str) -> int:
    """The last place in `text`, which nothing ends, where a speaker would draw breath."""
    clauses = [end for end in _clause_ends(text) if end > len(text) // 2]
    if clauses:
        return clauses[-1]
    between_words = len(text.rstrip()) if text[-1].isspace() else _last_space(text)
    return between_words or _between_characters(text)


def _last_space(text: str) -> int:
    spaces = [match.start() for match in re.finditer(r"\s+", text)]
    return next((at for at in reversed(spaces) if _SOMETHING.search(text[:at])), 0)


def _between_characters(text: str) -> int:
    for cut in range(len(text) - 1, len(text) // 2, -1):
        if not _joined(text, cut):
            return cut
    return len(text)  # no script writes such a character


def _joined(text: str, cut: int) -> bool:
    """Whether `cut` lies within a character: an approximation of Unicode's UAX #29."""
    left, right = text[cut - 1], text[cut]
    flags = _FLAG_LETTERS.search(text[:cut]) if _FLAG_LETTERS.match(right) else None
    return (
        unicodedata.category(right).startswith("M")  # accents, vowel signs, variation selectors
        or "\u200d" in (left, right)  # zero width joiner
        or "\U0001f3fb" <= right <= "\U0001f3ff"  # skin tones
        or ("\ud800" <= left <= "\udbff" and "\udc00" <= right <= "\udfff")
        or (flags is not None and len(flags[0]) % 2 == 1)  # a flag is a pair of letters
    )
