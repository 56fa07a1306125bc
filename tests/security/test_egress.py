"""Attacks 61 to 64: what a client names leads inside, at once or by a detour.

They are made on the client through which all of it goes; what it asks is told by a canary.
"""

from egress.corpus import INWARD
from egress.stand_in import Listener, Names, listening
from repartee.egress import EgressClient, FetchError
from repartee.settings import Egress

PUBLIC, HERE = ["8.8.8.8"], ["127.0.0.1"]


async def refused(client: EgressClient, url: str) -> str:
    try:
        await client.fetch(url)
    except FetchError as error:
        return str(error)
    raise AssertionError(f"fetched: {url}")


async def test_attack_61_addresses_of_what_is_inside() -> None:
    async with listening() as canary:
        client = EgressClient(Egress(), resolver=Names(HERE))
        for form in INWARD:
            await refused(client, form.format(port=canary.port))
    assert canary.connections == 0


def elsewhere(canary: Listener) -> bytes:
    location = f"http://127.0.0.1:{canary.port}/"
    return f"HTTP/1.1 302 Found\r\nLocation: {location}\r\nContent-Length: 0\r\n\r\n".encode()


async def test_attack_62_a_redirect_to_loopback() -> None:
    async with listening() as canary, listening(elsewhere(canary)) as outside:
        client = EgressClient(Egress(allowed=("listed.example",)), resolver=Names(HERE))
        said = await refused(client, f"http://listed.example:{outside.port}/")
    assert "302" in said
    assert outside.connections == 1
    assert canary.connections == 0


async def test_attack_63_a_name_that_is_elsewhere_the_second_time() -> None:
    """127.0.0.2 stands for what may be reached, 127.0.0.1 for what may not."""
    async with listening() as canary:  # on 127.0.0.1; nobody is at the checked address
        names = Names(["127.0.0.2"], HERE)
        client = EgressClient(Egress(allowed=("127.0.0.2",)), resolver=names)
        url = f"http://rebinding.example:{canary.port}/"
        assert "cannot be connected to" in await refused(client, url)
        assert names.asked == ["rebinding.example"]
        await refused(client, url)  # and the second answer is checked as the first was
    assert canary.connections == 0


async def test_attack_64_one_private_address_among_public_ones() -> None:
    async with listening() as canary:
        for mixed in ([*PUBLIC, *HERE], [*HERE, *PUBLIC], [*PUBLIC, "::ffff:10.0.0.1"]):
            client = EgressClient(Egress(), resolver=Names(mixed))
            said = await refused(client, f"https://mixed.example:{canary.port}/")
            assert said == "mixed.example is not on the public internet."
    assert canary.connections == 0
