"""The sockets a server listens on."""

import asyncio
import errno
import os
import socket
from collections.abc import Iterable

from repartee.settings import Server, SettingsError

BACKLOG = 1024

Address = tuple[int, str]
"""An address family, and an address of it."""

_NO_SUCH_ADDRESS = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)


async def listen(host: str, port: int) -> list[socket.socket]:
    """A socket for each address of `host`, all with the same port.  Raises SettingsError."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        addresses = dict.fromkeys((int(family), str(where[0])) for family, _, _, _, where in found)
        return bind_all(addresses, port)
    except OSError as error:
        raise SettingsError(remedy(host, port, error)) from None


async def listen_often(host: str, port: int, times: int) -> list[list[socket.socket]]:
    """So many sets of such sockets, among which the kernel divides what comes.

    Raises SettingsError, also where another server would let itself be divided with.
    """
    alone = await listen(host, port)
    port = alone[0].getsockname()[1]
    addresses = [(each.family, each.getsockname()[0]) for each in alone]
    for each in alone:
        each.close()
    try:
        return [bind_all(addresses, port, divided=True) for _ in range(times)]
    except OSError as error:
        raise SettingsError(remedy(host, port, error)) from None


def base_url(server: Server, port: int) -> str:
    """Where clients find a server that listens on this port."""
    name = f"[{server.host}]" if ":" in server.host else server.host
    secure = server.tls_self_signed or server.tls_cert is not None
    return f"{'https' if secure else 'http'}://{name}:{port}/v1"


def bind_all(
    addresses: Iterable[Address], port: int, *, divided: bool = False
) -> list[socket.socket]:
    """Listen on all `addresses` that there are; OSError if there are none, or one is taken.

    With `divided`, sockets of the same kind do not count as taken.  A name may have addresses that
    the machine has not: "localhost" where there is no IPv6.
    """
    bound: list[socket.socket] = []
    missing = OSError(errno.EADDRNOTAVAIL, "no address")
    try:
        for family, address in addresses:
            try:
                bound.append(_bind(family, address, port, divided))
            except OSError as error:
                if error.errno not in _NO_SUCH_ADDRESS:
                    raise
                missing = error
            else:
                port = bound[0].getsockname()[1]
        if not bound:
            raise missing
    except OSError:
        for each in bound:
            each.close()
        raise
    return bound


def _bind(family: int, address: str, port: int, divided: bool) -> socket.socket:
    listening = socket.socket(family, socket.SOCK_STREAM)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if divided:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        listening.setblocking(False)
        listening.bind((address, port))
        listening.listen(BACKLOG)
    except OSError:
        listening.close()
        raise
    return listening


def remedy(host: str, port: int, error: OSError) -> str:
    """Why we cannot listen there, and what to do about it."""
    if isinstance(error, socket.gaierror) or error.errno in _NO_SUCH_ADDRESS:
        return (
            f"server.host {host} is no address of this machine: use 127.0.0.1, or 0.0.0.0 for all"
        )
    if error.errno == errno.EADDRINUSE:
        return f"port {port} on {host} is in use: stop what uses it, or choose one with --port"
    if error.errno == errno.EACCES:
        return (
            f"port {port} needs more rights than this user has: choose one above 1023 with --port"
        )
    return f"cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}"
