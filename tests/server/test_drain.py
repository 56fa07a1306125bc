"""How a server ends."""

import asyncio
import signal
from collections.abc import MutableMapping
from typing import Any

from repartee.server.drain import Signals, drain
from repartee.server.exchange import Receive, Send
from repartee.server.websocket_route import Handshake
from repartee.transports.websocket import WebSocketTransport
from server.doorway import Doorway, doorway, http, read_answer
from transports.raw_socket import TEXT, RawSocket, frame

LONG_S = 3600


async def session(door: Doorway) -> RawSocket:
    client = await door.connect()
    await client.request()
    client.send(frame(TEXT, b"hello"))
    assert await client.text() == b"hello"
    return client


async def draining(door: Doorway, patience_s: float, now: asyncio.Event) -> "asyncio.Task[None]":
    task = asyncio.create_task(drain(door.edge, patience_s, now))
    await asyncio.sleep(0)
    assert door.edge.draining
    return task


async def test_without_sessions_the_end_comes_at_once() -> None:
    async with doorway() as door, asyncio.timeout(3):
        client = await door.connect()
        client.send(http("GET /healthz"))
        await read_answer(client)
        await drain(door.edge, LONG_S, asyncio.Event())
        assert await client.end() == b""


async def test_sessions_may_finish_and_no_new_one_begins() -> None:
    async with doorway() as door:
        running = await session(door)
        ending = await draining(door, LONG_S, asyncio.Event())
        late = await door.connect()
        assert "503" in (await late.request()).splitlines()[0]
        assert (await door.ask("GET /healthz")).status == 200
        running.send(frame(TEXT, b"still here"))
        assert await running.text() == b"still here"
        await running.close()
        await asyncio.wait_for(ending, 10)


async def test_when_time_is_up_sessions_are_told_to_go() -> None:
    async with doorway() as door:
        running = [await session(door) for _ in range(3)]
        ending = await draining(door, 0.05, asyncio.Event())
        for client in running:
            assert await client.goodbye() == (1001, "the server is shutting down")
            assert await client.end() == b""
        await asyncio.wait_for(ending, 10)


async def test_now_means_now() -> None:
    stuck = asyncio.Event()

    async def hold(transport: WebSocketTransport, _: Handshake) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            stuck.set()

    async def endless(_: MutableMapping[str, Any], __: Receive, ___: Send) -> None:
        await asyncio.Event().wait()

    now = asyncio.Event()
    async with doorway(hold, endless) as door:
        talking, asking = await door.connect(), await door.connect()
        await talking.request()
        asking.send(http("GET /"))
        ending = await draining(door, LONG_S, now)
        now.set()
        await asyncio.wait_for(ending, 2)
        assert stuck.is_set()
        assert await asking.end() == b""


def test_the_first_signal_asks_and_a_second_sigint_insists() -> None:
    for first in (signal.SIGINT, signal.SIGTERM):
        signals = Signals()
        signals.come(first)
        assert signals.end.is_set()
        assert not signals.now.is_set()
        signals.come(signal.SIGTERM)
        assert not signals.now.is_set()
        signals.come(signal.SIGINT)
        assert signals.now.is_set()


def test_to_retire_is_to_end() -> None:
    signals = Signals()
    assert not signals.retired
    signals.retire()
    assert signals.retired
    assert signals.end.is_set()


async def test_signals_are_taken_and_given_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with Signals() as signals:
        signal.raise_signal(signal.SIGTERM)
        await asyncio.wait_for(signals.end.wait(), 10)
    assert signal.getsignal(signal.SIGTERM) == before
