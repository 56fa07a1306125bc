"""How long a silence may last before it ends the turn, where what was said decides (semantic_vad).

The API tells the longest wait for each eagerness, and no more: "`low` will wait longer for the
user to continue speaking, `high` will respond more quickly.  `auto` is the default and is
equivalent to `medium`.  `low`, `medium`, and `high` have max timeouts of 8s, 4s, and 2s".

Silence is as the voice activity detector sees it, which sees speech go on for some 70 ms after its
end (Silero, on recorded speech).
"""

from typing import Literal

Eagerness = Literal["low", "medium", "high", "auto"]

PAUSE_MS = 128  # 200 ms of the speaker's silence: a shorter one is part of speaking

_LONGEST_MS = {"low": 8_000, "medium": 4_000, "auto": 4_000, "high": 2_000}

# Clauses that sound finished are followed by more often enough for those who are in no hurry.
_SHORTEST_MS = {"low": 350, "medium": PAUSE_MS, "auto": PAUSE_MS, "high": PAUSE_MS}

# As long as nobody can tell.
_USUAL_MS = {"low": 2_000, "medium": 1_000, "auto": 1_000, "high": 500}


def usual_ms(eagerness: Eagerness) -> int:
    """The silence that ends a turn of which nobody knows whether it is finished."""
    return _USUAL_MS[eagerness]


def wait_ms(eagerness: Eagerness, finished: float) -> float:
    """The silence that ends a turn that is finished with this probability.

    It grows with the square of the doubt: of the curves tried on recorded speech the one that
    waits longest inside sentences for the same wait at their ends.
    """
    shortest = _SHORTEST_MS[eagerness]
    return shortest + (1 - finished) ** 2 * (_LONGEST_MS[eagerness] - shortest)
