"""Where calls are taken: the addresses and ports that callers are told.

aioice leaves out loopback, picks any port, and calls a public STUN server unless told otherwise;
so the sockets of a call are opened here.
"""

import asyncio
import random
import socket
from collections.abc import Callable, Iterator

import aioice.ice
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aioice.ice import Connection, StunProtocol, get_host_addresses, server_reflexive_candidate
from aiortc import RTCIceServer
from msgspec import Struct

from repartee.egress.addresses import is_public, plain

# A caller who vanishes is gone after 30 s (RFC 7675 §5.1); six unanswered checks take up to 39.
aioice.ice.CONSENT_FAILURES = 4

_COMPONENT = 1  # RTP and RTCP share it (RFC 5761)
_ANY = ("0.0.0.0", "::")
_BUFFER_BYTES = 256 * 1024  # what the kernel holds for us while the event loop is busy
_TRIES = 64  # at ports of a range


class NoPort(Exception):
    """No UDP port is free for a call."""


class Place(Struct, frozen=True, kw_only=True):
    """Where this server is, for callers.

    `host` is where it listens; `public_address`, if any, is the only one that callers are told,
    for a server behind NAT; `udp_ports` are those that calls may use, or None for any.
    """

    host: str = "127.0.0.1"
    public_address: str | None = None
    udp_ports: range | None = None
    ice_servers: tuple[str, ...] = ()
    turn_username: str | None = None
    turn_password: str | None = None
    reaches_private: bool = False

    def __repr__(self) -> str:  # never the password
        return f"Place({self.host!r})"

    @property
    def servers(self) -> list[RTCIceServer]:
        """The STUN and TURN servers, as aiortc wants them."""
        return [
            RTCIceServer(url, self.turn_username, self.turn_password) for url in self.ice_servers
        ]

    @property
    def addresses(self) -> list[str]:
        """The addresses of this machine to take calls at.

        Browsers may leave out loopback, too; so a server that listens there takes calls, not
        requests for them, at its other addresses as well.
        """
        if self.public_address is not None:
            return [self.host if not _is_local(self.host) else _ANY[0]]
        if not _is_local(self.host):
            return [self.host]
        others = get_host_addresses(use_ipv4=True, use_ipv6=True)
        return [*others, "127.0.0.1"] if self.host not in _ANY or not others else others

    def may_reach(self, address: str) -> bool:
        """Whether a client may make us send checks to an address that it names."""
        try:
            reached = plain(address)
        except ValueError:  # a name: of the client's own network (.local), or of anywhere
            return False
        if reached.is_multicast or reached.is_unspecified or reached.is_link_local:
            return False
        return self.reaches_private or is_public(reached)


async def gather(connection: Connection, place: Place, timeout_s: float) -> None:
    """Open the sockets of a call, in place of `connection.gather_candidates`.  Raises NoPort."""
    connection._local_candidates_start = True
    for address in place.addresses:
        protocol = await _open(connection, address, place.udp_ports)
        if protocol is not None:
            connection._protocols.append(protocol)
            told = place.public_address or address
            port = protocol.transport.get_extra_info("sockname")[1]
            protocol.local_candidate = _host_candidate(told, port)
            connection._local_candidates.append(protocol.local_candidate)
    if not connection._protocols:
        raise NoPort
    connection._local_candidates += await _reflected(connection, timeout_s)
    if connection.turn_server:
        connection._local_candidates += await connection.get_component_candidates(
            _COMPONENT, [], timeout=round(timeout_s)
        )
    connection._local_candidates_end = True


async def _open(connection: Connection, address: str, ports: range | None) -> StunProtocol | None:
    """A socket at an address, or None where none can be had."""
    loop = asyncio.get_running_loop()
    for port in _ports(ports):
        make: Callable[[], StunProtocol] = lambda: StunProtocol(connection)  # noqa: E731
        try:
            transport, protocol = await loop.create_datagram_endpoint(
                make, local_addr=(address, port)
            )
        except OSError:
            continue
        raw: socket.socket = transport.get_extra_info("socket")
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER_BYTES)
        return protocol
    return None


def _ports(ports: range | None) -> Iterator[int]:
    """Ports to try, in no order that a stranger could foresee."""
    if ports is None:
        yield 0
    else:
        yield from random.sample(ports, min(_TRIES, len(ports)))


def _host_candidate(address: str, port: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=_COMPONENT,
        transport="udp",
        priority=candidate_priority(_COMPONENT, "host"),
        host=address,
        port=port,
        type="host",
    )


async def _reflected(connection: Connection, timeout_s: float) -> list[Candidate]:
    """How a STUN server sees our sockets, if one is asked."""
    server = connection.stun_server
    if server is None:
        return []
    asked = [
        asyncio.ensure_future(server_reflexive_candidate(protocol, server))
        for protocol in connection._protocols
        if ":" not in protocol.local_candidate.host
    ]
    done, late = await asyncio.wait(asked, timeout=timeout_s)
    for each in late:
        each.cancel()
    return [each.result()[0] for each in done if each.exception() is None]


def _is_local(host: str) -> bool:
    """Whether a listening host is no single address that others could reach."""
    try:
        return host in _ANY or plain(host).is_loopback
    except ValueError:  # a name
        return True
