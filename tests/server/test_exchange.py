"""Applications behind the front door, good and bad ones."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

import pytest

from repartee.server import exchange
from repartee.server.exchange import Gone, Receive, Send
from server.doorway import doorway, http, read_answer

Scope = MutableMapping[str, Any]


async def test_the_scope_says_what_was_asked() -> None:
    seen: asyncio.Queue[Scope] = asyncio.Queue()

    async def look(scope: Scope, _: Receive, send: Send) -> None:
        seen.put_nowait(scope)
        await send({"type": "http.response.start", "status": 204})
        await send({"type": "http.response.body"})

    async with doorway(pages=look) as door:
        client = await door.connect()
        client.send(http("PUT /v1//a%20b?c=d%20e\nX-Y: z"))
        assert (await client.head()).startswith("HTTP/1.1 204 No Content")
    scope = await seen.get()
    assert scope["type"] == "http"
    assert (scope["method"], scope["path"], scope["scheme"]) == ("PUT", "/v1/a b", "http")
    assert scope["query_string"] == b"c=d%20e"
    assert (b"x-y", b"z") in scope["headers"]
    assert scope["client"][0] == scope["server"][0] == "127.0.0.1"


async def test_an_answer_may_come_in_pieces() -> None:
    async def pieces(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        for piece in [b"piece"] * 3:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    async with doorway(pages=pieces) as door:
        client = await door.connect()
        client.send(http("GET /\nConnection: close"))
        assert (await client.end()).count(b"5\r\npiece\r\n") == 3


async def test_an_application_waits_for_a_client_that_is_behind() -> None:
    sent = 0

    async def endless(_: Scope, __: Receive, send: Send) -> None:
        nonlocal sent
        await send({"type": "http.response.start", "status": 200, "headers": []})
        while True:
            await send({"type": "http.response.body", "body": bytes(100_000), "more_body": True})
            sent += 1

    async with doorway(pages=endless) as door:
        client = await door.connect()
        client.send(http("GET /"))
        await client.head()
        for _ in range(200):  # many turns of the event loop, in which nothing is taken
            await asyncio.sleep(0)
        assert 0 < sent < 100
        await client.close()


async def test_a_client_that_takes_nothing_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "_STALL_S", 0.1)
    over: asyncio.Queue[type[BaseException]] = asyncio.Queue()

    async def endless(_: Scope, __: Receive, send: Send) -> None:
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            while True:
                piece = bytes(100_000)
                await send({"type": "http.response.body", "body": piece, "more_body": True})
        except BaseException as error:
            over.put_nowait(type(error))
            raise

    async with doorway(pages=endless) as door:
        client = await door.connect()
        client.send(http("GET /"))
        assert await asyncio.wait_for(over.get(), 5) is Gone


async def test_nothing_is_written_to_a_client_that_is_gone() -> None:
    over: asyncio.Queue[type[BaseException]] = asyncio.Queue()

    async def late(_: Scope, __: Receive, send: Send) -> None:
        (connection,) = door.edge.doors
        connection.abort()
        try:
            await send({"type": "http.response.start", "status": 200, "headers": []})
        except BaseException as error:
            over.put_nowait(type(error))
            raise

    async with doorway(pages=late) as door:
        client = await door.connect()
        client.send(http("GET /"))
        assert await asyncio.wait_for(over.get(), 5) is Gone


async def test_an_application_that_fails_is_answered_for(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def fail(_: Scope, __: Receive, ___: Send) -> None:
        raise AssertionError("a bug with a secret")

    async with doorway(pages=fail) as door:
        client = await door.connect()
        for _ in range(2):  # and the connection goes on
            client.send(http("GET /somewhere"))
            answer = await read_answer(client)
            assert answer.status == 500
            assert answer.json["error"]["type"] == "server_error"
            assert b"secret" not in answer.body
    assert "a bug" in caplog.text


async def test_an_application_that_says_nothing_is_answered_for() -> None:
    async def silent(_: Scope, __: Receive, ___: Send) -> None:
        return

    async with doorway(pages=silent) as door:
        assert (await door.ask("GET /")).status == 500


async def test_an_answer_that_breaks_off_ends_the_connection() -> None:
    async def break_off(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        raise AssertionError("a bug")

    async with doorway(pages=break_off) as door:
        client = await door.connect()
        client.send(http("GET /"))
        assert b"0\r\n\r\n" not in await client.end()
