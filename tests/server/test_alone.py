"""A process that is the whole server."""

from repartee.server.access import access
from repartee.server.alone import Alone
from repartee.server.drain import Signals
from server.doorway import doorway, furnished, pages_of, request


async def test_who_is_alone_shares_nothing() -> None:
    alone = Alone()
    assert alone.settings(furnished()) == furnished()
    assert (alone.folders, alone.totals) == ((), None)
    cluster = alone.cluster(access(furnished()).sealer)
    name = cluster.new_id("rtc")
    assert cluster.elsewhere(request(f"POST /v1/realtime/calls/{name}/hangup")) is None
    async with doorway() as door, alone.attending(door.edge, pages_of(door.edge), Signals()):
        assert (await door.ask("GET /healthz")).status == 200
    alone.close()


async def test_it_listens_where_the_settings_say() -> None:
    (door,) = await Alone().open_door(furnished(port=0).server)
    with door:
        assert door.getsockname()[0] == "127.0.0.1"
