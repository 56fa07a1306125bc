"""Sockets to listen on, and why there are none."""

import errno
import socket
from contextlib import ExitStack

import pytest

from repartee.server.listening import base_url, bind_all, listen, listen_often, remedy
from repartee.settings import Server, SettingsError

HERE = (socket.AF_INET, "127.0.0.1")
HERE_TOO = (socket.AF_INET, "127.0.0.2")
ELSEWHERE = (socket.AF_INET, "192.0.2.1")  # RFC 5737: nobody's


def test_all_addresses_share_one_port() -> None:
    with ExitStack() as opened:
        first, second = (opened.enter_context(each) for each in bind_all([HERE, HERE_TOO], 0))
        assert first.getsockname()[1] == second.getsockname()[1]
        assert {first.getsockname()[0], second.getsockname()[0]} == {"127.0.0.1", "127.0.0.2"}


def test_an_address_that_is_missing_does_no_harm() -> None:
    for addresses in ([ELSEWHERE, HERE], [HERE, ELSEWHERE]):
        (only,) = bind_all(addresses, 0)
        with only:
            assert only.getsockname()[0] == "127.0.0.1"


@pytest.mark.parametrize("addresses", [[], [ELSEWHERE]])
def test_without_any_address_there_is_nothing_to_do(addresses: list[tuple[int, str]]) -> None:
    with pytest.raises(OSError) as failed:  # noqa: PT011
        bind_all(addresses, 0)
    assert failed.value.errno == errno.EADDRNOTAVAIL


def test_a_port_that_is_taken_on_one_address_is_taken() -> None:
    with socket.create_server(("127.0.0.2", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(OSError) as failed:  # noqa: PT011
            bind_all([HERE, HERE_TOO], port)
        assert failed.value.errno == errno.EADDRINUSE
        (only,) = bind_all([HERE], port)  # nothing was left behind
        only.close()


async def test_several_sets_of_sockets_divide_what_comes() -> None:
    doors = await listen_often("127.0.0.1", 0, 3)
    with ExitStack() as opened:
        sockets = [opened.enter_context(each) for door in doors for each in door]
        (where,) = {each.getsockname() for each in sockets}
        assert len(sockets) == 3
        for _ in range(64):
            opened.enter_context(socket.create_connection(where))
        came = [await accepted(each) for each in sockets]
        assert sum(came) == 64
        assert max(came) < 64
        # Whoever listens there already is not joined by another server.
        with pytest.raises(SettingsError, match="in use"):
            await listen_often("127.0.0.1", where[1], 2)


async def accepted(listening: socket.socket) -> int:
    """How many have come in there."""
    count = 0
    while True:
        try:
            listening.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


@pytest.mark.parametrize(
    ("server", "url"),
    [
        (Server(), "http://127.0.0.1:7/v1"),
        (Server(host="::1"), "http://[::1]:7/v1"),
        (Server(tls_self_signed=True), "https://127.0.0.1:7/v1"),
        (Server(tls_cert="a", tls_key="b"), "https://127.0.0.1:7/v1"),
    ],
)
def test_clients_are_told_where_to_come(server: Server, url: str) -> None:
    assert base_url(server, 7) == url


async def test_what_cannot_be_listened_on_is_told_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} on 127.0.0.1 is in use: .*--port"):
            await listen("127.0.0.1", port)
    for host in ("192.0.2.1", "nowhere.invalid"):
        with pytest.raises(SettingsError, match=f"{host} is no address of this machine: "):
            await listen(host, 0)


def test_other_faults_are_told_too() -> None:
    reserved = OSError(errno.EACCES, "")
    assert remedy("127.0.0.1", 80, reserved).endswith("choose one above 1023 with --port")
    assert remedy("::1", 80, OSError(errno.EAFNOSUPPORT, "")).startswith("server.host ::1 is no")
    exhausted = OSError(errno.EMFILE, "")
    assert remedy("127.0.0.1", 80, exhausted).endswith("port 80: Too many open files")
