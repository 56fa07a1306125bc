"""What connections share."""

import asyncio
from typing import Any

import pytest

from repartee.server.edge import Edge
from repartee.server.problems import Problem
from repartee.server.websocket_route import Handshake
from repartee.transports.websocket import WebSocketTransport
from server.doorway import KEY, doorway, edge_of, furnished, request
from transports.raw_socket import TEXT, UPGRADE, frame

GOOD = [f"{name}: {value}" for name, value in UPGRADE.items()]


def edge(**settings: Any) -> Edge:
    return edge_of(furnished(**settings))


def test_http_needs_the_key_and_probes_do_not() -> None:
    keyed = edge(api_key=KEY)
    with pytest.raises(Problem) as refused:
        keyed.check(request("GET /v1/models"))
    assert refused.value.status == 401
    keyed.check(request("GET /healthz"))
    keyed.check(request("GET /readyz"))
    keyed.check(request("GET /v1/models", f"api-key: {KEY}"))
    keyed.check(request("GET /v1/realtime", *GOOD))  # its key is judged after the 101


def test_no_session_begins_while_draining() -> None:
    closing = edge()
    assert closing.admit(request("GET /v1/realtime", *GOOD))
    closing.draining = True
    with pytest.raises(Problem) as refused:
        closing.admit(request("GET /v1/realtime", *GOOD))
    assert refused.value.status == 503


async def test_a_session_gets_its_bounds_from_the_settings() -> None:
    async with doorway(max_message_bytes=1024) as door:
        client = await door.connect()
        await client.request()
        client.send(frame(TEXT, b"x" * 1025))
        assert (await client.goodbye())[0] == 1009


async def test_a_session_knows_what_was_asked() -> None:
    asked: asyncio.Queue[Handshake] = asyncio.Queue()

    async def start(_: WebSocketTransport, handshake: Handshake) -> None:
        asked.put_nowait(handshake)

    async with doorway(start) as door:
        client = await door.connect()
        await client.request("/v1/realtime?model=gpt-x", api_key="k")
        assert await asked.get() == Handshake("gpt-x")
        assert await client.goodbye() == (1000, "")  # a session that is over says goodbye


async def test_a_session_that_fails_is_our_fault(caplog: pytest.LogCaptureFixture) -> None:
    async def start(_: WebSocketTransport, __: Handshake) -> None:
        raise AssertionError("a bug")

    async with doorway(start) as door:
        client = await door.connect()
        await client.request(api_key=KEY)
        assert await client.goodbye() == (1011, "internal error")
    assert "a bug" in caplog.text
    assert KEY not in caplog.text


async def test_a_refusal_is_logged_without_the_key(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(1):
        async with doorway(api_key=KEY) as door:
            client = await door.connect()
            await client.request(api_key="sk-canary-0123456789")
            await client.text()
            await client.goodbye()
    assert "session refused" in caplog.text
    assert "canary" not in caplog.text
