"""Which hosts and addresses may be reached on a client's behalf: public ones, and those allowed.

`ipaddress.is_global` is not enough: depending on the release of Python it is true of multicast, of
192.0.0.192 (a cloud's metadata), and of IPv6 addresses that carry private IPv4 ones.
"""

import re
from collections.abc import Iterable
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import httpx2

Address = IPv4Address | IPv6Address

# The special-purpose registries of IANA (RFC 6890 and what came after), and what is worse.
_DENIED_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",  # carriers' own, and a cloud's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # public by number, yet a cloud's own door into its machines
            "169.254.0.0/16",  # link-local: most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
        ),
    )
)
_UNICAST_IPV6 = IPv6Network("2000::/3")  # all that has been given out (RFC 4291, section 2.4)
_DENIED_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols' own; Teredo, which carries IPv4, is 2001::/32
            "2001:db8::/32",
            "2002::/16",  # 6to4 carries IPv4 to relays that are gone (RFC 7526)
            "3fff::/20",
        ),
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")  # carries IPv4 in its last 32 bits (RFC 6052)

_LONGEST_NAME = 253  # of a host (RFC 1035)
_NAME = re.compile(r"([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}")
# What ends in a number is an IPv4 address to a resolver, in whatever form (127.1, 0x7f000001): the
# rule of the URL standard, section 3.5.
_NUMERIC = re.compile(r"(.*\.)?(\d+|0x[0-9a-f]*)")


class AllowList:
    """The hosts that an operator lets clients name though they are not public, or speak http."""

    def __init__(self, entries: Iterable[str] = ()) -> None:
        """Takes names as `mcp.internal`, addresses, and networks as `10.1.0.0/16`.

        Raises ValueError where an entry is none of these.
        """
        self._names: set[str] = set()
        self._networks: list[IPv4Network | IPv6Network] = []
        for entry in entries:
            try:
                self._networks.append(ip_network(entry))
            except ValueError:
                self._names.add(_name(entry))

    def __contains__(self, host: str | Address) -> bool:
        """Whether a name, as `host_of` gives it, or an address, as `plain` gives it, is listed."""
        if isinstance(host, str):
            return host in self._names
        return any(host in network for network in self._networks)


def host_of(url: httpx2.URL) -> str | Address:
    """The host to reach: a name without its last dot, in lower case, as DNS has it; or an address.

    Raises ValueError, with what is wrong, for whatever a resolver might read in a way of its own.
    """
    host = url.raw_host.decode("ascii").lower().removesuffix(".")
    if not host:
        raise ValueError("names no host")
    try:
        return plain(host)
    except ValueError:
        pass  # then it is a name, or nothing
    if _NUMERIC.fullmatch(host):
        raise ValueError("writes an address in another form than 192.0.2.1")
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        raise ValueError("names a host that cannot be one")
    return host


def plain(text: str) -> Address:
    """An address from its text; IPv4 that is mapped into IPv6 comes out as what it is.

    Raises ValueError, also where a zone is named: `fe80::1%eth0`.
    """
    address = ip_address(text)
    if isinstance(address, IPv6Address):
        if address.scope_id is not None:
            raise ValueError("an address of one link")
        return address.ipv4_mapped or address
    return address


def is_public(address: Address) -> bool:
    """Whether an address, as `plain` gives it, belongs to the open internet and to one host."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return is_public(IPv4Address(address.packed[-4:]))
        denied = any(address in network for network in _DENIED_IPV6)
        return address in _UNICAST_IPV6 and address.is_global and not denied
    return address.is_global and not any(address in network for network in _DENIED_IPV4)


def _name(entry: str) -> str:
    """A host's name, as `host_of` would give it."""
    try:
        # Neither a port, nor a user, nor a path is part of it.
        name = None if {*":/?#@"} & {*entry} else host_of(httpx2.URL(f"https://{entry}"))
    except (httpx2.InvalidURL, ValueError):
        name = None
    if not isinstance(name, str):
        raise ValueError(f"{entry!r} is neither the name of a host nor a network: 10.1.0.0/16")
    return name
