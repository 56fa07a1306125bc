"""The side door: whose a connection is, is said there."""

import asyncio

from server.doorway import KEY, doorway, http, read_answer
from server.workers.stations import beside, leading_to, opening
from transports.raw_socket import RawSocket

PEER = ["198.51.100.7", 4711]


async def test_what_is_said_may_come_in_pieces() -> None:
    async with doorway() as door, beside(door) as path:
        client = RawSocket(*await asyncio.open_unix_connection(str(path)))
        for byte in opening(PEER) + http("GET /healthz"):
            client.send(bytes([byte]))
            await asyncio.sleep(0)
        assert (await read_answer(client)).status == 200
        await client.close()


async def test_wrong_keys_are_counted_by_the_address_that_sent_them() -> None:
    async with doorway(api_key=KEY, bad_keys_per_minute=2) as door, beside(door) as path:
        request = http("GET /v1/models\nAuthorization: Bearer sk-wrong")
        for status in (401, 401, 429):
            client = RawSocket(*await asyncio.open_unix_connection(str(path)))
            client.send(opening(PEER), request)
            assert (await read_answer(client)).status == status
            await client.close()
        client = RawSocket(*await asyncio.open_unix_connection(str(path)))
        client.send(opening(["198.51.100.8", 1]), request)
        assert (await read_answer(client)).status == 401
        await client.close()


async def test_who_comes_this_way_is_not_sent_on() -> None:
    async with doorway() as owner, beside(owner) as path, leading_to(path) as door:
        owner.edge.cluster.elsewhere = door.edge.cluster.elsewhere
        assert (await door.ask("GET /healthz")).status == 200


async def test_connections_are_counted_where_they_come_in() -> None:
    async with (
        doorway(connects_per_s=1) as owner,
        beside(owner) as path,
        leading_to(path) as door,
    ):
        for _ in range(3):
            assert (await door.ask("GET /v1/models")).status == 200
