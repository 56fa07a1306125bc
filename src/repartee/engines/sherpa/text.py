"""Text made ready for a neural voice, and how much of it begins with which of its sound."""

import re
from collections.abc import Iterator

from repartee.engines.espeak import text as plain

# Pictures, arrows, ornaments, flags, and what joins them; neural voices stumble over them.
_PICTURES = re.compile(
    "[\u200d\u20e3\u2190-\u21ff\u2300-\u23ff\u2500-\u27bf\u2900-\u297f\u2b00-\u2bff\ufe00-\ufe0f"
    "\U0001f000-\U0001faff\U000e0020-\U000e007f]"
)
_SENTENCES = re.compile(r"[.!?\u2026]+[\"'\u201d\u2019)\]]*\s+|\n\s*|[\u3002\uff01\uff1f]+\s*")
_START = re.compile(r"\S+\s*")


def speakable(text: str) -> str:
    """The text with blanks where something is not to be spoken; of the same length."""
    return _PICTURES.sub(" ", plain.speakable(text))


def is_sayable(text: str) -> bool:
    return any(each.isalnum() for each in text)


def sentences(text: str) -> Iterator[str]:
    """The text in parts to be spoken in one go: sentences, and of long ones parts."""
    begin = 0
    ends = [*(found.end() for found in _SENTENCES.finditer(text)), len(text)]
    for end in ends:
        yield from plain.fragments(text[begin:end])
        begin = end


def begun(text: str, share: float) -> int:
    """How many characters of the text have begun when a share of its sound is over.

    Words are taken to last as long as they are written, and one that begins is told as a whole.
    """
    if share >= 1:
        return len(text)
    told = 0
    for word in _START.finditer(text):
        if word.start() > share * len(text):
            break
        told = word.end()
    return told
