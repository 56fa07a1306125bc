"""Speech over an answer that is no interruption: "mhm", "yeah", a cough.

The API documents that the first sound of speech ends the answer.  An operator may prefer an agent
that goes on talking until it is clear that somebody wants to say something.
"""

import re

from msgspec import Struct


class Tolerance(Struct, frozen=True):
    """How much speech over an answer is put up with.

    `ms` of it, twice as much where all words are of those with which listeners say no more than
    that they listen (`backchannels`, in lower case).
    """

    ms: float
    backchannels: frozenset[str] = frozenset()

    def ends(self, spoken_ms: float, text: str) -> bool:
        """Whether so much speech, in which `text` was understood, is an interruption."""
        words = re.findall(r"\w+(?:['-]\w+)*", text.casefold())
        if not all(map(self._listens, words)):
            return True
        return spoken_ms >= self.ms * (2 if words else 1)

    def _listens(self, word: str) -> bool:
        """Whether who says so says nothing; "mm-hmm" is two such words."""
        return word in self.backchannels or self.backchannels.issuperset(word.split("-"))
