"""Which words of a turn that still grows will stay: those that two decodings in a row agree on.

The rule is that of D. Liu, G. Spanakis and J. Niehues, "Low-Latency Sequence-to-Sequence Speech
Recognition and Translation by Partial Hypothesis Selection" (2020), as "local agreement" of two.
What has become stable begins every later decoding, so that it is never taken back.
"""

from collections.abc import Sequence
from itertools import takewhile

from repartee.engines.whisper.pieces import Piece

LONGEST = 150  # tokens that a decoding may begin with; the model has room for 224


class Agreement:
    """What is certain of one window of sound; `stable` are its words so far."""

    def __init__(self) -> None:
        self.stable: list[Piece] = []
        self._before: Sequence[Piece] = ()

    @property
    def tokens(self) -> list[int]:
        """What the next decoding is to begin with."""
        return [token for word in self.stable for token in word.tokens]

    def learn(self, heard: Sequence[Piece]) -> None:
        """Take the next decoding.  Its last word may be cut off by the end of the sound."""
        pairs = zip(self._before, heard[:-1], strict=False)
        agreed = [word for _, word in takewhile(lambda pair: pair[0].text == pair[1].text, pairs)]
        self._before = heard
        if len(agreed) > len(self.stable) and sum(len(word.tokens) for word in agreed) <= LONGEST:
            self.stable = agreed
