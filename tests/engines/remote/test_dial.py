"""Connections are opened with patience, and given up without any."""

import asyncio
from typing import Any

import httpx2
import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from conformance.scripted import CREATED, say, talking
from repartee.engines.protocols import EngineError
from repartee.engines.remote.dial import Dial, hang_up
from repartee.engines.remote.faults import MIND, Faults
from repartee.engines.remote.wire import Closing


def dial(url: str, retries: int = 1) -> tuple[Dial, httpx2.URL]:
    address = httpx2.URL(url.replace("http", "ws", 1) + "/realtime")
    faults = Faults(MIND, address, "")
    made = Dial(faults, {"X-A": "b"}, connect_timeout_s=5, retries=retries, retry_delay_s=0.001)
    return made, address


def refusing(times: int, shown: list[Headers]) -> Any:
    def process(connection: ServerConnection, request: Any) -> Response | None:
        shown.append(request.headers)
        return Response(503, "No", Headers(), b"") if len(shown) <= times else None

    return process


async def greets(connection: ServerConnection) -> None:
    await say(connection, CREATED)
    await connection.wait_closed()


async def test_it_is_tried_again_and_then_heard() -> None:
    shown: list[Headers] = []
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    async with talking(greets, process_request=refusing(1, shown)) as url:
        wire = await (opener := dial(url))[0].open(opener[1], inbox.put_nowait)
        async with asyncio.timeout(5):
            assert (await inbox.get())["type"] == "session.created"
            await hang_up(wire)
            assert isinstance(await inbox.get(), Closing)
    assert [each["X-A"] for each in shown] == ["b", "b"]


async def test_at_last_it_is_given_up() -> None:
    async with talking(greets, process_request=refusing(9, [])) as url:
        made, address = dial(url, retries=0)
        with pytest.raises(EngineError) as failed:
            await made.open(address, lambda _: None)
    assert failed.value.code == "model_failed"
