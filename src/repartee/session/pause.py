"""How long a silence may last before it ends the turn, where what was said decides (semantic_vad).

The API tells the longest wait for each eagerness, and no more: "`low` will wait longer for the
user to continue speaking, `high` will respond more quickly.  `auto` is the default and is
equivalent to `medium`.  `low`, `medium`, and `high` have max timeouts of 8s, 4s, and 2s".
"""

from typing import Literal

Eagerness = Literal["low", "medium", "high", "auto"]

PAUSE_MS = 200  # of silence: a shorter one is part of speaking

_LONGEST_MS = {"low": 8_000, "medium": 4_000, "auto": 4_000, "high": 2_000}

# From which probability on that the speaker is done nothing is waited for.
_SURE = {"low": 0.8, "medium": 0.6, "auto": 0.6, "high": 0.4}

# As long as nobody can tell.
_USUAL_MS = {"low": 2_000, "medium": 1_000, "auto": 1_000, "high": 500}


def usual_ms(eagerness: Eagerness) -> int:
    """The silence that ends a turn of which nobody knows whether it is finished."""
    return _USUAL_MS[eagerness]


def wait_ms(eagerness: Eagerness, finished: float) -> float:
    """The silence that ends a turn that is finished with this probability."""
    doubt = max(0.0, 1 - finished / _SURE[eagerness])
    return PAUSE_MS + doubt * (_LONGEST_MS[eagerness] - PAUSE_MS)
