"""The port beside the server's own, for those who watch it."""

import asyncio
import socket

import pytest
from msgspec import structs

from repartee.server.metrics_port import hatch
from repartee.server.metrics_route import Alone, Exposure
from repartee.settings import Metrics as MetricsSettings
from repartee.settings import Settings, SettingsError
from repartee.telemetry.metrics import Metrics
from server.doorway import KEY, edge_of, furnished, http, read_answer
from transports.raw_socket import RawSocket

ROUTE = Exposure(Metrics(), Alone()).route


def settings(port: int | None = 0) -> Settings:
    return structs.replace(furnished(api_key=KEY), metrics=MetricsSettings(port=port))


async def test_it_tells_whoever_comes_and_shuts_without_waiting() -> None:
    known = settings()
    edge = edge_of(known)
    async with hatch(known, edge, ROUTE) as port:
        assert port
        client = await RawSocket.connect(port)
        for path, status in (
            ("/metrics", 200),
            ("/healthz", 200),
            ("/readyz", 200),
            ("/v1/models", 404),
            ("/v1/realtime", 404),
        ):
            client.send(http(f"GET {path}\nHost: scraped.example:9464"))
            assert (await read_answer(client)).status == status, path
        edge.draining = True
        client.send(http("GET /readyz"))
        assert (await read_answer(client)).code == "server_draining"
    assert await client.end() == b""
    with pytest.raises(ConnectionRefusedError):
        await RawSocket.connect(port)
    await client.close()


async def test_nobody_can_talk_there() -> None:
    known = settings()
    async with hatch(known, edge_of(known), ROUTE) as port:
        assert port
        client = await RawSocket.connect(port)
        assert " 404 " in await client.request("/v1/realtime?model=x")
        await client.close()


async def test_without_a_port_there_is_none() -> None:
    known = settings(None)
    async with hatch(known, edge_of(known), ROUTE) as port:
        assert port is None


async def test_a_port_in_use_is_told_with_its_setting() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        known = settings(taken.getsockname()[1])
        with pytest.raises(SettingsError, match=r"metrics.port \d+ on 127.0.0.1 cannot be opened"):
            async with hatch(known, edge_of(known), ROUTE):
                pass


async def test_workers_share_it() -> None:
    first = settings()
    async with hatch(first, edge_of(first), ROUTE, shared=True) as port:
        second = settings(port)
        async with hatch(second, edge_of(second), ROUTE, shared=True) as same:
            assert same == port
            await asyncio.sleep(0)
