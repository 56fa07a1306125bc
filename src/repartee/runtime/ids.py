"""Names for things: `item_…`, `resp_…`, `event_…`, with 21 characters of base 62 each."""

import secrets
import string
from collections.abc import Callable
from itertools import count

_DIGITS = string.digits + string.ascii_letters
_TAIL = 21


def random_id(prefix: str) -> str:
    """A name nobody can guess."""
    tail = secrets.token_bytes(_TAIL)  # one call of the kernel for all of it
    return f"{prefix}_" + "".join(_DIGITS[byte % len(_DIGITS)] for byte in tail)


def session_ids() -> Callable[[str], str]:
    """Names for one session's things.

    Events are many and need only be unique: they share a random head and are counted.
    """
    head = random_id("event")[:-8]
    numbers = count()

    def new_id(prefix: str) -> str:
        return f"{head}{next(numbers):08d}" if prefix == "event" else random_id(prefix)

    return new_id
