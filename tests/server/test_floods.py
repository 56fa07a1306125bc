"""Addresses that come too often, or with too many wrong keys."""

import asyncio
from typing import Any

import pytest

from repartee.server.floods import Floods, Tally, address_of
from repartee.server.problems import Problem
from repartee.settings import Server
from server.doorway import KEY, Doorway, doorway
from transports.raw_socket import RawSocket

HERE = ("192.0.2.1", 5000)
THERE = ("192.0.2.2", 5000)


def refusal(floods: Floods, peer: object, now: float) -> dict[str, str] | None:
    """The headers of what a connection and its request are refused with, if they are."""
    refused = floods.arrive(peer, now)
    if refused is None:
        try:
            floods.check(peer, now)
        except Problem as problem:
            refused = problem
    if refused is None:
        return None
    assert (refused.status, refused.code) == (429, "rate_limit_exceeded")
    return dict(refused.headers)


# Counting


def test_a_tally_begins_with_the_first_and_is_forgotten() -> None:
    tally = Tally(2, 10)
    assert tally.wait("a", 100) == 0
    tally.count("a", 100)
    assert tally.wait("a", 105) == 0
    tally.count("a", 105)
    assert [tally.wait("a", now) for now in (105, 109.5, 110)] == [5, 0.5, 0]
    assert tally.wait("b", 105) == 0
    tally.count("a", 110)
    assert tally.wait("a", 110) == 0


def test_a_flood_from_everywhere_is_not_remembered_for_ever() -> None:
    tally = Tally(1, 1e9)
    for number in range(20_000):
        tally.count(str(number), 0)
    assert len(tally._counts) == 10_000
    assert tally.wait("9999", 0) == 0
    assert tally.wait("10000", 0) > 0


def test_who_goes_on_is_not_forgotten_for_others() -> None:
    tally = Tally(2, 1e9)
    for number in range(20_000):
        tally.count(str(number), 0)
        tally.count("busy", 0)
    assert tally.wait("busy", 0) > 0


def test_nought_is_no_limit() -> None:
    floods = Floods(Server(connects_per_s=0, bad_keys_per_minute=0))
    for _ in range(1000):
        floods.wrong_key(HERE, 0)
        assert refusal(floods, HERE, 0) is None


@pytest.mark.parametrize(
    ("peer", "address"),
    [
        (("127.0.0.1", 1), "127.0.0.1"),
        (("::ffff:192.0.2.1", 1, 0, 0), "192.0.2.1"),
        (("2001:db8::1:2:3:4", 1, 0, 0), "2001:db8::/64"),
        (("fe80::1%eth0", 1, 0, 2), "fe80::/64"),
        ("", ""),
        (None, ""),
        (("a.sock",), ""),
    ],
)
def test_whom_a_peer_is_counted_as(peer: object, address: str) -> None:
    assert address_of(peer) == address


def test_wrong_keys_of_one_address_keep_nobody_else_out() -> None:
    """Attack 19."""
    floods = Floods(Server())
    for _ in range(50):
        assert refusal(floods, HERE, 10) is None
        floods.wrong_key(HERE, 10)
    assert refusal(floods, HERE, 10.5) == {"Retry-After": "60"}
    assert refusal(floods, THERE, 10.5) is None
    assert refusal(floods, HERE, 69.5) == {"Retry-After": "1"}
    assert refusal(floods, HERE, 70) is None


def test_connections_of_one_address_keep_nobody_else_out() -> None:
    """Attack 44."""
    floods = Floods(Server(connects_per_s=100))
    refused = [refusal(floods, HERE, number / 2000) for number in range(2000)]
    assert refused.count(None) == 100
    assert refused[-1] == {"Retry-After": "1"}
    assert refusal(floods, THERE, 0.9) is None
    assert refusal(floods, HERE, 1.0) is None


# At the door


async def upgrade(door: Doorway, key: str, local: str = "127.0.0.1") -> str:
    """The first line of what a client from `local` is answered; it goes at once."""
    client = await RawSocket.connect(door.port, local_addr=(local, 0))
    door.clients.append(client)
    head = await client.request(authorization=f"Bearer {key}")
    await client.close()
    return head


async def test_who_shows_no_key_guesses_none() -> None:
    async with doorway(api_key=KEY, bad_keys_per_minute=3) as door:
        for _ in range(5):
            assert (await door.ask("GET /v1/models")).status == 401
        assert (await door.ask(f"GET /v1/models\r\nAuthorization: Bearer {KEY}")).status == 200


@pytest.mark.parametrize("path", ["websocket", "http"])
async def test_wrong_keys_are_answered_429_in_the_end(path: str) -> None:
    """Attack 19: by WebSocket before the upgrade; loopback counts like any address."""

    async def ask(key: str) -> str:
        if path == "websocket":
            return (await upgrade(door, key)).partition("\r\n")[0]
        answer = await door.ask("GET /v1/models\r\nAuthorization: Bearer " + key)
        return str(answer.status)

    wrong, late = ("101", "429") if path == "websocket" else ("401", "429")
    async with doorway(api_key=KEY, bad_keys_per_minute=3) as door:
        for _ in range(3):
            assert wrong in await ask("sk-wrong-0123456789")
        assert late in await ask("sk-wrong-0123456789")
        assert late in await ask(KEY)
        refused = await upgrade(door, KEY)
        assert "retry-after: 60" in refused.lower()
        assert " 101 " in await upgrade(door, KEY, "127.0.0.2")


async def test_right_keys_are_not_counted() -> None:
    async with doorway(api_key=KEY, bad_keys_per_minute=1) as door:
        for _ in range(3):
            assert " 101 " in await upgrade(door, KEY)


async def test_probes_are_answered_whatever_comes_from_their_address() -> None:
    async with doorway(api_key=KEY, bad_keys_per_minute=1) as door:
        assert " 101 " in await upgrade(door, "sk-wrong-0123456789")
        assert " 429 " in await upgrade(door, KEY)
        assert (await door.ask("GET /healthz")).status == 200


async def test_a_flood_of_connections_is_limited_and_others_come_in() -> None:
    """Attack 44."""
    async with doorway(api_key=KEY, connects_per_s=5) as door:
        heads: list[Any] = await asyncio.gather(*[upgrade(door, KEY) for _ in range(30)])
        upgraded = sum(" 101 " in head for head in heads)
        assert 5 <= upgraded <= 10  # a second may have begun
        assert sum(" 429 " in head for head in heads) == 30 - upgraded
        assert " 101 " in await upgrade(door, KEY, "127.0.0.2")


async def test_a_flood_that_says_nothing_is_not_waited_for() -> None:
    """Attack 44: what it leaves open are files of ours."""
    async with doorway(connects_per_s=1) as door:
        first, second = await door.connect(), await door.connect()
        begun = asyncio.get_running_loop().time()
        assert await second.end() == b""
        assert asyncio.get_running_loop().time() - begun < 1.5
        assert len(door.edge.doors) == 1
        first.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert " 200 " in await first.head()


async def test_a_client_with_a_wrong_key_is_gone_within_a_second() -> None:
    """Attack 41: also one that does not answer our goodbye."""
    async with doorway(api_key=KEY) as door:
        client = await door.connect()
        await client.request(authorization="Bearer sk-wrong-0123456789")
        begun = asyncio.get_running_loop().time()
        await client.end()
        assert asyncio.get_running_loop().time() - begun < 1.5
        assert not door.edge.sessions


async def test_who_floods_is_not_waited_for() -> None:
    """Attack 44: a refused client may be sending still, but this one is one of thousands."""
    async with doorway(connects_per_s=1) as door:
        await door.connect()
        client = await door.connect()
        assert " 429 " in await client.request()
        _, *ours = door.edge.doors.values()
        await asyncio.wait_for(asyncio.gather(*ours), 0.5)
