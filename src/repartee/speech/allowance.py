"""How much an answer may say, whatever its language model makes of the limit it was told.

A model counts its tokens itself; here they are counted by somebody who may only estimate, or who
has another tokenizer.  English has up to six characters a token, and one for every four counts it
half as long again; so an answer is only ended at twice its limit, where no model that keeps the
limit can come.
"""

from collections.abc import Callable

MARGIN = 2
COUNTED_AT_ONCE = 256  # characters: a text counted in scraps seems longer than it is


class Allowance:
    """What is left of an answer's `most` tokens; None is no limit."""

    def __init__(self, most: int | None, count: Callable[[str], int]) -> None:
        self.spent = False
        self._left = most if most is None else most * MARGIN
        self._count = count
        self._uncounted = ""

    def take(self, text: str) -> str:
        """As much of the text as may be said; where that is not all, the allowance is spent."""
        if self._left is None:
            return text
        self._uncounted += text
        if len(self._uncounted) < COUNTED_AT_ONCE:
            return text
        counted, self._uncounted = self._uncounted, ""
        tokens = self._count(counted)
        self._left, before = self._left - tokens, self._left
        if self._left >= 0:
            return text
        self.spent = True
        beyond = len(counted) - len(counted) * before // tokens
        return text[: max(len(text) - beyond, 0)]
