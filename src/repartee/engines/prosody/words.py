"""What the words say about a pause: by how much they change the odds that it is the end.

Recognisers differ in what they write: some no punctuation, some a full stop wherever they were cut
off.  So a full stop counts for little, and a word that wants another counts for more.  The lists are
English; of other languages only punctuation and digits are understood.
"""

import re

# Of 1,432 read sentences one in ten ends in such a word, of sentences cut off anywhere 46 in 100.
_WANTS_MORE = 0.10 / 0.46
_COMPLETE = 0.90 / 0.54
_WANTING = frozenset(
    "a an the this these my your our their his its every some any no "  # they come before a noun
    "and or but because so if when while although unless than that which who whose where "
    "of to for from with at by in on into about as like between without "
    "i we they he she am is are was were be been will would can could should shall must may might "
    "have has had do does did i'm i'd i'll we're they're it's that's there's not very really just "
    "more".split()
)

# H. H. Clark and J. E. Fox Tree, "Using uh and um in spontaneous speaking" (2002): with these
# speakers announce that they go on.
_ANNOUNCED = 1 / 12
_FILLERS = frozenset("uh um er erm eh hm hmm mm uhm ah well so".split())

# Telephone numbers are told in groups, and a group sounds as final as the whole.
_IN_A_NUMBER = 1 / 6
_WHOLE_NUMBER = 7  # digits of the shortest telephone number
_DIGITS = frozenset("zero oh one two three four five six seven eight nine".split())

# What one says alone.  It is short, which for other words speaks against an end.
_REPLIED = 6.0
_REPLIES = frozenset(
    "yes yeah yep no nope ok okay sure thanks hello hi bye goodbye please stop exactly right "
    "correct".split()
)

_ASKED = 3.0
_STOPPED = 1.5
_GOING_ON = 1 / 4


def odds(text: str) -> float:
    """By what to multiply the odds for an end, after `text`; 1 where it is empty."""
    words = re.findall(r"[\w'’]+", text.lower().replace("’", "'"))
    if not words:
        return 1.0
    return _of_mark(text.rstrip()) * _of_words(words)


def _of_mark(text: str) -> float:
    if text.endswith(("...", "…", ",", "，", "、", ":", ";", "-", "–", "—")):
        return _GOING_ON
    if text.endswith(("?", "？", "؟")):
        return _ASKED
    return _STOPPED if text.endswith((".", "!", "。", "！", "।")) else 1.0


def _of_words(words: list[str]) -> float:
    digits = _last_digits(words)
    if digits > 1:
        return _IN_A_NUMBER if digits < _WHOLE_NUMBER else 1.0
    if words[-1] in _FILLERS:
        return _ANNOUNCED
    if all(word in _REPLIES for word in words):
        return _REPLIED
    return _WANTS_MORE if words[-1] in _WANTING else _COMPLETE


def _last_digits(words: list[str]) -> int:
    """How many digits the text ends in, as "eight zero zero" and "800 41" do."""
    count = 0
    for word in reversed(words):
        if not (word.isdecimal() or word in _DIGITS):
            break
        count += len(word) if word.isdecimal() else 1
    return count
