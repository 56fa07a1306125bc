"""Addresses that come too often, or with too many wrong keys.

What is counted is forgotten when its time is over, and there is a bound to how many addresses are
remembered, so that a flood from many of them costs little here as well.
"""

import ipaddress
from math import ceil

from repartee.server.problems import Problem
from repartee.settings import Server

_MOST_ADDRESSES = 10_000
_IPV6_PREFIX = 64  # what one customer has; within it addresses cost nothing


class Flood(Problem):
    """A visitor who comes too often: to be rid of soon."""


class Tally:
    """Counts by address: `most` in `seconds`, which begin with the first; 0 sets no limit."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._counts: dict[str, tuple[float, int]] = {}  # when its time ends, and how many so far

    def count(self, address: str, now: float) -> None:
        """One more."""
        if self._most == 0:
            return
        end, so_far = self._counts.pop(address, (0.0, 0))
        if now >= end:
            end, so_far = now + self._seconds, 0
            if len(self._counts) >= _MOST_ADDRESSES:
                del self._counts[next(iter(self._counts))]  # the one that was quiet the longest
        self._counts[address] = (end, so_far + 1)

    def wait(self, address: str, now: float) -> float:
        """Seconds until the address may come again; 0 while it may."""
        end, so_far = self._counts.get(address, (0.0, 0))
        return end - now if so_far >= self._most and now < end else 0.0


class Floods:
    """What each address has done lately.  Loopback is an address like any other."""

    def __init__(self, server: Server) -> None:
        self._connects = Tally(server.connects_per_s, 1)
        self._bad_keys = Tally(server.bad_keys_per_minute, 60)

    def arrive(self, peer: object, now: float) -> Problem | None:
        """Count a connection from `peer`, a socket's name for it; what it is told if it is one
        too many (429).
        """
        address = address_of(peer)
        if wait := self._connects.wait(address, now):
            return _too_many("Too many connections come from your address.", wait)
        self._connects.count(address, now)
        return None

    def check(self, peer: object, now: float) -> None:
        """Refuse a request of an address with too many wrong keys.  Raises Problem (429)."""
        if wait := self._bad_keys.wait(address_of(peer), now):
            raise _too_many("Too many wrong API keys were sent from your address.", wait)

    def wrong_key(self, peer: object, now: float) -> None:
        """A key from there was wrong."""
        self._bad_keys.count(address_of(peer), now)


def address_of(peer: object) -> str:
    """Whom a socket's peer is counted as: an IPv4 address, a network of IPv6, or "" for others."""
    host = str(peer[0]) if isinstance(peer, tuple) else ""
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv4Address):
        return host
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, _IPV6_PREFIX), strict=False))


def _too_many(message: str, wait: float) -> Flood:
    return Flood(
        429, message, code="rate_limit_exceeded", headers=(("Retry-After", str(ceil(wait))),)
    )
