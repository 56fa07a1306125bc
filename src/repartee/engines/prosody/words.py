"""What the words say about a pause: by how much they change the odds that it is the end.

Recognisers differ in what they write: some no punctuation, some a full stop wherever they were cut
off.  So a full stop counts for little, and a word that wants another counts for more.  The lists
are English; of other languages only punctuation and digits are understood.
"""

import re
import unicodedata
from itertools import takewhile


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


# Of the words of English text three in ten are these, of those that end a sentence one in a hundred
# (2,428 sentences of the Python manual).  Speech is looser than writing, so they count for less.
_WANTS_MORE = 1 / 6
_COMPLETE = 1.4  # what is left for all other words: 0.99 / 0.71
_WANTING = _words(
    "a an the my your our their his its every "
    "and or but because if when while although unless than which whose "
    "of to for from with at by into about as like between without "
    "i we they he she i'm i'd i'll we're they're very really"
)

# The numbers that follow are not counted but set: each says which way a word points, and roughly
# how far.

# H. H. Clark and J. E. Fox Tree, "Using uh and um in spontaneous speaking" (2002): with these
# speakers announce that they go on.
_ANNOUNCED = 1 / 12
_FILLERS = _words("uh um er erm eh hm hmm mm uhm")

# Telephone numbers are told in groups, and a group sounds as final as the whole.
_IN_A_NUMBER = 1 / 6
_GROUP = 3  # digits in one word; "25" is an age, a price
_WHOLE_NUMBER = 7  # digits of the shortest telephone number
_DIGITS = _words("zero oh one two three four five six seven eight nine")

# What one says alone.  It is short, which for other words speaks against an end.
_REPLIED = 6.0
_REPLIES = _words(
    "yes yeah yep no nope ok okay sure thanks thank you hello hi bye goodbye please stop exactly "
    "right correct"
)

_ASKED = 3.0
_STOPPED = 1.5
_GOING_ON = 1 / 4


def odds(text: str) -> float:
    """By what to multiply the odds for an end, after `text`; 1 where it is empty."""
    plain = unicodedata.normalize("NFKC", text).replace("\u2019", "'").lower().rstrip()
    words = re.findall(r"[\w']+", plain)
    return _of_mark(plain) * _of_words(words) if words else 1.0


def _of_mark(text: str) -> float:
    if text.endswith(("...", ",", "、", ":", ";", "-", "\u2013", "\u2014")):
        return _GOING_ON
    if text.endswith(("?", "؟")):
        return _ASKED
    return _STOPPED if text.endswith((".", "!", "。", "।")) else 1.0


def _of_words(words: list[str]) -> float:
    numbers = list(takewhile(_is_number, reversed(words)))
    digits = sum(len(each) if each.isdecimal() else 1 for each in numbers)
    if len(numbers) > 1 or digits >= _GROUP:
        return _IN_A_NUMBER if digits < _WHOLE_NUMBER else 1.0
    if words[-1] in _FILLERS:
        return _ANNOUNCED
    if all(word in _REPLIES for word in words):
        return _REPLIED
    return _WANTS_MORE if words[-1] in _WANTING else _COMPLETE


def _is_number(word: str) -> bool:
    return word.isdecimal() or word in _DIGITS
