"""Whoever guesses keys has to wait.

What counts are different wrong keys: a client that shows the same one again and again guesses
nothing, and must not shut out others behind its address.
"""

import ipaddress
import time
from collections.abc import Callable
from hashlib import sha256

from repartee.server.problems import too_many_guesses

WINDOW_S = 60
MOST_ADDRESSES = 10_000  # of which guesses are remembered; the oldest are forgotten first
_MARK = 8  # bytes of a key's digest, enough to tell it from fifty others


class Guesses:
    """The wrong keys shown of late, by address; `most` a minute are answered, None: all."""

    def __init__(self, most: int | None, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._seen: dict[str, tuple[float, set[bytes]]] = {}  # the oldest window first

    def check(self, address: str) -> None:
        """Refuse an address that has guessed too often.  Raises Problem (429)."""
        began, marks = self._seen.get(_network(address), (0.0, set()))
        left = began + WINDOW_S - self._clock()
        if self._most is not None and left > 0 and len(marks) >= self._most:
            raise too_many_guesses(int(left) + 1)

    def count(self, address: str, key: str) -> None:
        """A wrong key was shown."""
        if self._most is None:
            return
        now, network = self._clock(), _network(address)
        if network not in self._seen or now >= self._seen[network][0] + WINDOW_S:
            self._seen.pop(network, None)
            self._seen[network] = now, set()
            self._forget(now)
        marks = self._seen[network][1]
        if len(marks) < self._most:
            marks.add(sha256(key.encode()).digest()[:_MARK])

    def _forget(self, now: float) -> None:
        while self._seen:
            oldest = next(iter(self._seen))
            if len(self._seen) <= MOST_ADDRESSES and now < self._seen[oldest][0] + WINDOW_S:
                return
            del self._seen[oldest]


def _network(address: str) -> str:
    """The address or, of IPv6, the network of 64 bits that one subscriber has for itself."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv6Address) and known.ipv4_mapped is None:
        return str(ipaddress.ip_network((int(known) >> 64 << 64, 64)))
    return str(known)
