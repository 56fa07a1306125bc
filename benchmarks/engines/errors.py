"""Words that were heard, against words that were said."""

import re


def words(text: str) -> list[str]:
    """In lower case, without signs."""
    return re.sub(r"[^a-z' ]", " ", text.lower()).split()


def errors(expected: list[str], heard: list[str]) -> int:
    """Levenshtein's distance between the words: one wrong, one missing, one too many is one."""
    above = list(range(len(heard) + 1))
    for count, word in enumerate(expected, 1):
        here = [count]
        for place, other in enumerate(heard, 1):
            here.append(min(above[place] + 1, here[-1] + 1, above[place - 1] + (word != other)))
        above = here
    return above[-1]
