"""What the recogniser and its worker process say to each other.

The results have the fields of `engines.protocols.Words`, as which they are read; the process does
not load that module, for numpy's sake.
"""

from msgspec import Struct


class Options(Struct, frozen=True):
    """`vocabulary` is the number of words to know."""

    vocabulary: int


class Turn(Struct, frozen=True):
    """The request: one turn.  There is nothing to choose for it."""


class Word(Struct, frozen=True):
    """See `engines.protocols.Word`."""

    text: str
    logprob: float
    start_ms: int
    end_ms: int


class Words(Struct, frozen=True):
    """See `engines.protocols.Words`."""

    text: str
    stable: int = 0
    final: bool = False
    words: tuple[Word, ...] = ()
    complete: bool = False
