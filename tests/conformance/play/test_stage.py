"""The connections of a case."""

from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection

from conformance.scripted import CREATED, polite, say, talking
from repartee.conformance.play.stage import Stage
from repartee.transports.client import Place


@pytest.fixture
def seen() -> list[Any]:
    """What the server saw of each connection: path, key, dialect."""
    return []


async def test_connections_are_those_of_stock_clients(seen: list[Any]) -> None:
    async def talk(connection: ServerConnection) -> None:
        assert connection.request is not None
        headers = connection.request.headers
        seen.append(
            (connection.request.path, headers.get("Authorization"), headers.get("OpenAI-Beta"))
        )
        await connection.wait_closed()

    async with talking(talk) as url:
        place = Place(url, "m", "k")
        stage = Stage(place, "ga", 10)
        await stage.connect()
        await stage.connect(key=None, query={}, headers={"OpenAI-Beta": "assistants=v2"})
        await stage.connect(key="other", dialect="transcription")
        await stage.close()
        assert all(client.wire is not None for client in stage.clients)
    assert seen == [
        ("/v1/realtime?model=m", "Bearer k", None),
        ("/v1/realtime", None, "assistants=v2"),
        ("/v1/realtime?intent=transcription", "Bearer other", None),
    ]


async def test_a_session_begins_as_it_is_asked() -> None:
    async with talking(polite) as url:
        stage = Stage(Place(url), "ga", 10)
        bare = await stage.session()
        assert [frame.side for frame in bare.frames] == ["server"]
        manual = await stage.manual(instructions="Hum.")
        update = manual.frames[1].event
        assert update["type"] == "session.update"
        assert update["session"] == {
            "type": "realtime",
            "audio": {"input": {"turn_detection": None}},
            "instructions": "Hum.",
        }
        shown = await stage.update(bare, instructions="Hum.")
        assert shown == CREATED["session"]
        await stage.close()


async def test_close_says_goodbye() -> None:
    farewells: list[int | None] = []

    async def talk(connection: ServerConnection) -> None:
        await say(connection, CREATED)
        await connection.wait_closed()
        farewells.append(connection.close_code)

    async with talking(talk) as url:
        stage = Stage(Place(url), "ga", 10)
        client = await stage.session()
        await stage.close()
        assert (await client.closed()).code in (1000, 1006)
    assert farewells == [1000]
