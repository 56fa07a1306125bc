"""What only engines need of a wire; all else is tried where clients use it."""

import asyncio
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.datastructures import Headers
from websockets.http11 import Response

from conformance.scripted import talking
from engines.endpoint import Endpoint, refuses
from repartee.engines.remote.wire import Closing, Rejected, Wire, open_wire


async def opened(url: str) -> tuple[Wire, asyncio.Queue[Any]]:
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    address = url.replace("http:", "ws:") + "/realtime"
    return await open_wire(address, inbox.put_nowait, {"X-Key": "k"}, None, 5), inbox


async def listens(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def test_an_aborted_wire_is_down_at_once() -> None:
    async with talking(listens) as url:
        wire, inbox = await opened(url)
        wire.abort()
        assert isinstance(await inbox.get(), Closing)
        wire.abort()


async def test_why_the_handshake_was_refused() -> None:
    def busy(connection: ServerConnection, _: Any) -> Response:
        return Response(429, "Busy", Headers({"Retry-After": "3", "Content-Length": "2"}), b"no")

    async with talking(listens, process_request=busy) as url:
        with pytest.raises(Rejected) as rejected:
            await opened(url)
    assert (rejected.value.status, rejected.value.retry_after) == (429, "3")
    assert rejected.value.body == b"no"


async def test_what_is_no_websocket() -> None:
    async def babbles(_: Any, exchange: Any) -> None:
        await exchange.write(b"SSH-2.0\r\n\r\n")

    async with Endpoint(babbles).serving() as server:
        with pytest.raises(Rejected) as rejected:
            await opened(server.url)
    assert rejected.value.status is None
    assert rejected.value.retry_after is None


async def test_a_redirect_is_not_followed() -> None:
    async with Endpoint(refuses("200 OK")).serving() as other:
        moved = refuses("307 Moved", headers=f"Location: {other.url}\r\n")
        async with Endpoint(moved).serving() as server:
            with pytest.raises(Rejected):
                await opened(server.url)
        assert not other.requests


async def test_a_handshake_that_nobody_waits_for_opens_nothing() -> None:
    came, go_on, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def hesitate(connection: ServerConnection, _: Any) -> None:
        came.set()
        await go_on.wait()

    async def talk(connection: ServerConnection) -> None:
        await connection.wait_closed()
        gone.set()

    async with talking(talk, process_request=hesitate) as url:
        opening = asyncio.create_task(opened(url))
        await came.wait()
        opening.cancel()
        await asyncio.wait([opening])
        go_on.set()
        async with asyncio.timeout(5):
            await gone.wait()
