"""Names for things: `item_…`, `resp_…`, `event_…`, with 21 characters of base 62 each."""

import secrets
import string
from collections.abc import Callable
from hashlib import blake2b
from itertools import count

_DIGITS = string.digits + string.ascii_letters
_TAIL = 21


def random_id(prefix: str) -> str:
    """A name nobody can guess."""
    return _name(prefix, secrets.token_bytes(_TAIL))  # one call of the kernel for all of it


def session_ids(seed: bytes) -> Callable[[str], str]:
    """Names for one session's things, drawn from 16 random bytes: from the same, the same names.

    Events are many and need only be unique: they share a random head and are counted.
    """
    numbers, events = count(), count()

    def drawn(prefix: str) -> str:
        tail = blake2b(next(numbers).to_bytes(8), key=seed, digest_size=_TAIL).digest()
        return _name(prefix, tail)

    head = drawn("event")[:-8]

    def new_id(prefix: str) -> str:
        return f"{head}{next(events):08d}" if prefix == "event" else drawn(prefix)

    return new_id


def _name(prefix: str, tail: bytes) -> str:
    return f"{prefix}_" + "".join(_DIGITS[byte % len(_DIGITS)] for byte in tail)
