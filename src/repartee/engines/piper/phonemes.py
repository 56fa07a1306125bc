"""Text as the numbers that a net of Piper reads.

A sentence is read clause by clause, since espeak-ng tells words and stress but not the signs
between clauses, by which the net pauses and raises its voice.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from unicodedata import normalize

_CLAUSE = re.compile(r"(.*?)([.!?\u2026,;:]+)[\"'\u201d\u2019)\]]*(?:\s+|$)", re.DOTALL)
_SWITCH = re.compile(r"\([a-z-]+\)")  # how espeak-ng says that a word is of another language
_PAD, _BEGIN, _END = "_^$"

Pronounce = Callable[[str], str]
Ids = Mapping[str, tuple[int, ...]]


def signs(text: str, pronounce: Pronounce) -> str:
    """The sentence in the signs of the IPA, with its own signs between clauses."""
    read = ((_SWITCH.sub("", pronounce(words)), mark) for words, mark in _clauses(text))
    return " ".join(f"{told}{mark}" for told, mark in read if told).strip()


def _clauses(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    for found in _CLAUSE.finditer(text):
        yield found[1], found[2].replace("\u2026", ".")[-1]
        end = found.end()
    if text[end:]:
        yield text[end:], ""


def numbers(signs: str, ids: Ids) -> list[int]:
    """What the net is given; signs that it does not know are left out.

    Accents are signs of their own, and a pad stands between any two, as in Piper's training.
    """
    known = [sign for sign in normalize("NFD", signs) if sign in ids]
    padded = [*ids[_BEGIN], *ids[_PAD]]
    for sign in known:
        padded += [*ids[sign], *ids[_PAD]]
    return [*padded, *ids[_END]] if known else []
