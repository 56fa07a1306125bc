"""What the recogniser asks of its worker process; what is heard is in `engines.hypothesis`."""

from msgspec import Struct


class Options(Struct, frozen=True):
    """`vocabulary` is the number of words to know."""

    vocabulary: int


class Turn(Struct, frozen=True):
    """The request: one turn.  There is nothing to choose for it."""
