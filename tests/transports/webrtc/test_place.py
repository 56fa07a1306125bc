"""Where calls are taken, and what is reached for them."""

import asyncio
import socket

import pytest
from aioice.ice import Connection

from repartee.transports.webrtc import place
from repartee.transports.webrtc.place import NoPort, Place, gather


def free_port() -> int:
    """A UDP port that nobody has."""
    with socket.socket(type=socket.SOCK_DGRAM) as one:
        one.bind(("127.0.0.2", 0))
        port: int = one.getsockname()[1]
        return port


OWN = ["192.0.2.7", "2001:db8::7"]


@pytest.fixture(autouse=True)
def _machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with these addresses, besides loopback."""
    monkeypatch.setattr(place, "get_host_addresses", lambda use_ipv4, use_ipv6: OWN)


@pytest.mark.parametrize(
    ("where", "addresses"),
    [
        (Place(), [*OWN, "127.0.0.1"]),
        (Place(host="localhost"), [*OWN, "127.0.0.1"]),
        (Place(host="voice.example"), [*OWN, "127.0.0.1"]),
        (Place(host="0.0.0.0"), OWN),
        (Place(host="::"), OWN),
        (Place(host="192.0.2.7"), ["192.0.2.7"]),
        (Place(host="0.0.0.0", public_address="203.0.113.1"), ["0.0.0.0"]),
        (Place(host="192.0.2.7", public_address="203.0.113.1"), ["192.0.2.7"]),
    ],
)
def test_addresses(where: Place, addresses: list[str]) -> None:
    assert where.addresses == addresses


def test_a_machine_without_a_network_has_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(place, "get_host_addresses", lambda use_ipv4, use_ipv6: [])
    assert Place(host="0.0.0.0").addresses == ["127.0.0.1"]


@pytest.mark.parametrize(
    ("address", "public", "private"),
    [
        ("8.8.8.8", True, True),
        ("10.0.0.1", False, True),
        ("127.0.0.1", False, True),
        ("::ffff:10.0.0.1", False, True),
        ("fd00::1", False, True),
        ("169.254.169.254", False, False),
        ("224.0.0.251", False, False),
        ("0.0.0.0", False, False),
        ("ff02::fb", False, False),
        ("fe80::1%eth0", False, False),
        ("4e3a9f9b.local", False, False),
        ("2130706433", False, False),
    ],
)
def test_what_may_be_reached(address: str, public: bool, private: bool) -> None:
    assert Place(host="0.0.0.0").may_reach(address) is public
    assert Place(reaches_private=True).may_reach(address) is private


async def gathered(where: Place) -> Connection:
    connection = Connection(ice_controlling=False)
    try:
        await gather(connection, where, 1.0)
        await connection.gather_candidates()  # which now does nothing more
        return connection
    except NoPort:
        await connection.close()
        raise


async def test_candidates_are_told_as_the_world_sees_them() -> None:
    port = free_port()
    ports = range(port, port + 1)
    where = Place(host="127.0.0.2", public_address="203.0.113.1", udp_ports=ports)
    connection = await gathered(where)
    (candidate,) = connection.local_candidates
    assert (candidate.host, candidate.port, candidate.type) == (
        "203.0.113.1",
        port,
        "host",
    )
    with pytest.raises(NoPort):
        await gathered(where)
    await connection.close()
    await (await gathered(where)).close()


async def test_an_address_that_is_not_there_is_left_out() -> None:
    """Neither of this machine's others can be had in a test."""
    connection = await gathered(Place())
    assert [each.host for each in connection.local_candidates] == ["127.0.0.1"]
    await connection.close()


async def test_a_stun_server_that_does_not_answer_is_not_waited_for() -> None:
    connection = Connection(ice_controlling=False, stun_server=("127.0.0.1", 9))
    async with asyncio.timeout(5):
        await gather(connection, Place(host="127.0.0.2"), 0.01)
    assert len(connection.local_candidates) == 1
    await connection.close()


def test_servers_are_told_with_their_password_which_is_not_shown() -> None:
    where = Place(ice_servers=("turn:t.example:3478",), turn_username="u", turn_password="p")
    ((server),) = where.servers
    assert (server.urls, server.username, server.credential) == ("turn:t.example:3478", "u", "p")
    assert "'p'" not in repr(where)
    assert Place().servers == []
