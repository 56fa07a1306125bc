"""HTTP as strangers speak it."""

import asyncio
import json
from collections.abc import MutableMapping
from typing import Any

import pytest

from repartee.server.exchange import Receive, Send
from server.doorway import Answer, Doorway, doorway, http, read_answer
from transports.raw_socket import RawSocket, frame


async def say(_: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
    """An application that says what it was sent."""
    body = (await receive())["body"]
    said = json.dumps({"bytes": len(body), "text": body[:20].decode()}).encode()
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(said))]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": said})


async def refused(client: RawSocket) -> Answer:
    """The answer to a request that ends the connection."""
    answer = await read_answer(client)
    assert answer.code is None or isinstance(answer.code, str)
    assert answer.headers["connection"] == "close"
    assert await client.end() == b""
    return answer


async def test_a_connection_serves_many_requests() -> None:
    async with doorway() as door:
        client = await door.connect()
        for _ in range(3):
            client.send(http("GET /healthz"))
            assert (await read_answer(client)).json == {"status": "ok"}


async def test_requests_may_come_all_at_once() -> None:
    async with doorway(pages=say) as door:
        client = await door.connect()
        asked = [b"x" * size for size in range(1, 200)]
        client.send(*[http("POST /", body) for body in asked])
        for body in asked:
            assert (await read_answer(client)).json["bytes"] == len(body)


async def test_more_requests_than_are_read_ahead_wait_in_the_socket() -> None:
    async with doorway(pages=say) as door:
        client = await door.connect()
        client.send(*[http("POST /", b"x" * 100_000)] * 20)
        for _ in range(20):
            assert (await read_answer(client)).json["bytes"] == 100_000


async def test_what_is_sent_ahead_is_bounded() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def hold(_: MutableMapping[str, Any], __: Receive, ___: Send) -> None:
        begun.set()
        await over.wait()

    async with doorway(pages=hold) as door:
        client = await door.connect()
        client.send(http("GET /"))
        await begun.wait()
        client.send(bytes(50_000_000))
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(client.writer.drain(), 0.2)
        over.set()


async def test_a_request_may_come_byte_by_byte() -> None:
    async with doorway(pages=say) as door:
        client = await door.connect()
        for byte in http("POST /", b"slow"):
            client.send(bytes([byte]))
            await client.writer.drain()
        assert (await read_answer(client)).json["text"] == "slow"


async def test_a_body_may_be_chunked() -> None:
    async with doorway(pages=say) as door:
        client = await door.connect()
        client.send(http("POST /\nTransfer-Encoding: chunked"), b"2\r\nab\r\n3\r\ncde\r\n0\r\n\r\n")
        assert (await read_answer(client)).json["text"] == "abcde"


async def test_a_client_that_waits_is_told_to_go_on() -> None:
    async with doorway(pages=say) as door:
        client = await door.connect()
        client.send(http("POST /\nExpect: 100-continue\nContent-Length: 3"))
        assert (await client.head()).startswith("HTTP/1.1 100")
        client.send(b"yes")
        assert (await read_answer(client)).json["text"] == "yes"


async def test_every_answer_has_a_date_and_an_id_of_its_own() -> None:
    async with doorway() as door:
        first, second = await door.ask("GET /healthz"), await door.ask("GET /nothing")
        assert first.headers["date"].endswith("GMT")
        assert first.headers["x-request-id"].startswith("req_")
        assert first.headers["x-request-id"] != second.headers["x-request-id"]


async def test_a_client_may_ask_for_the_end() -> None:
    async with doorway() as door:
        client = await door.connect()
        client.send(http("GET /healthz\nConnection: close"))
        assert (await read_answer(client)).status == 200
        assert await client.end() == b""


async def test_old_http_is_answered() -> None:
    async with doorway() as door:
        client = await door.connect()
        client.send(b"GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n")
        assert b'{"status":"ok"}' in await client.end()


async def test_head_has_no_body() -> None:
    async with doorway() as door:
        client = await door.connect()
        for path, status in (("/healthz", 200), ("/nothing", 404)):
            client.send(http(f"HEAD {path}"))
            answer = await read_answer(client, "HEAD")
            assert (answer.status, int(answer.headers["content-length"]) > 0) == (status, True)


async def test_head_is_refused_without_a_body() -> None:
    async with doorway() as door:
        client = await door.connect()
        client.send(http("HEAD /healthz\nHost: evil.example"))
        assert (await read_answer(client, "HEAD")).status == 403
        assert await client.end() == b""


MALFORMED = {
    "nonsense": b"\x16\x03\x01\x02\x00\r\n\r\n",
    "no host": b"GET / HTTP/1.1\r\n\r\n",
    "two hosts": http("GET /\nHost: a\nHost: b"),
    "folded": http("GET /\nA: b\n c"),
    "length twice": http("POST /\nContent-Length: 1\nContent-Length: 2"),
    "length and chunks": http("POST /\nContent-Length: 1\nTransfer-Encoding: chunked"),
    "bad chunk": http("POST /\nTransfer-Encoding: chunked") + b"zz\r\n",
    "space in name": http("GET /\nA : b"),
    "bad length": http("POST /\nContent-Length: -1"),
}


@pytest.mark.parametrize("name", MALFORMED)
async def test_what_is_malformed_is_refused(name: str) -> None:
    """Attack 39."""
    async with doorway() as door:
        client = await door.connect()
        client.send(MALFORMED[name])
        assert (await refused(client)).status == 400


async def test_a_head_has_bounds() -> None:
    """Attack 38."""
    async with doorway() as door:
        for head in (
            http("GET /\nA: " + "b" * 200_000),
            http("GET /\n" + "A: b\n" * 500),
            b"GET /" + b"a" * 70_000,
        ):
            client = await door.connect()
            client.send(head)
            assert (await refused(client)).status == 431


async def test_a_body_has_bounds() -> None:
    async with doorway(pages=say) as door:
        client = await door.connect()
        client.send(http("POST /", b"x" * 1024 * 1024))
        assert (await read_answer(client)).json["bytes"] == 1024 * 1024
        client.send(http("POST /", b"x" * (1024 * 1024 + 1)))
        assert (await refused(client)).status == 413


@pytest.mark.parametrize(
    "begun", [b"GET / HTTP/1.1\r\nA: b", http("POST /\nContent-Length: 9") + b"x"]
)
async def test_a_request_has_its_time(begun: bytes) -> None:
    """Attack 37."""
    async with doorway(header_timeout_s=0.1) as door:
        client = await door.connect()
        client.send(begun)
        answer = await refused(client)
        assert (answer.status, answer.code) == (408, "request_timeout")


async def test_a_connection_without_a_request_is_closed() -> None:
    async with doorway(header_timeout_s=0.1) as door:
        client = await door.connect()
        client.send(http("GET /healthz"))
        await read_answer(client)
        assert await client.end() == b""
        assert await (await door.connect()).end() == b""


@pytest.mark.parametrize("header", ["Host: evil.example:8000", "Origin: https://evil.example"])
@pytest.mark.parametrize("path", ["/v1/models", "/v1/realtime"])
async def test_pages_from_elsewhere_are_kept_out_of_a_keyless_server(
    path: str, header: str
) -> None:
    async with doorway() as door:
        answer = await door.ask(f"GET {path}\n{header}")
        assert answer.status == 403
        assert answer.code in {"host_not_allowed", "origin_not_allowed"}
        client = await door.connect()
        name, _, value = header.partition(": ")
        assert "403" in await client.request(path, **{name.lower(): value})


@pytest.mark.parametrize(
    ("status", "target", "change"),
    [
        (404, "/v1/nothing", {}),
        (426, "/v1/realtime", {"sec_websocket_version": "12"}),
        (400, "/v1/realtime", {"sec_websocket_key": "short"}),
        (400, "/v1/realtime", {"connection": "close"}),
    ],
)
async def test_an_upgrade_that_cannot_be_is_refused_in_http(
    status: int, target: str, change: dict[str, str]
) -> None:
    async with doorway() as door:
        client = await door.connect()
        assert str(status) in (await client.request(target, **change)).splitlines()[0]


async def test_an_upgrade_to_something_else_is_plain_http() -> None:
    async with doorway() as door:
        assert (await door.ask("GET /healthz\nConnection: Upgrade\nUpgrade: h2c")).status == 200


async def test_an_upgrade_may_follow_other_requests() -> None:
    async with doorway() as door:
        client = await door.connect()
        client.send(http("GET /healthz"))
        await read_answer(client)
        assert "101" in await client.request()
        client.send(frame(1, b"hello"))
        assert await client.text() == b"hello"
        await asyncio.sleep(0)
        assert not door.edge.doors


async def test_a_client_may_leave_before_its_answer() -> None:
    begun, over = asyncio.Event(), asyncio.Event()

    async def slow(_: MutableMapping[str, Any], receive: Receive, __: Send) -> None:
        await receive()
        begun.set()
        with pytest.raises(asyncio.CancelledError):
            await receive()
        over.set()
        raise asyncio.CancelledError

    async with doorway(pages=slow) as door:
        client = await door.connect()
        client.send(http("GET /"))
        await begun.wait()
        await client.close()
        await asyncio.wait_for(over.wait(), 10)


async def test_a_client_that_does_not_take_its_answer_is_not_waited_for_forever() -> None:
    async def talk(_: MutableMapping[str, Any], __: Receive, send: Send) -> None:
        length = (b"content-length", b"50000000")
        await send({"type": "http.response.start", "status": 200, "headers": [length]})
        await send({"type": "http.response.body", "body": bytes(50_000_000)})

    async with doorway(pages=talk, header_timeout_s=0.1) as door:
        client = await door.connect()
        client.send(http("GET /"))
        await client.head()
        (gone,) = door.edge.doors.values()
        close_all(door)
        await asyncio.wait_for(gone, 3)


async def test_closing_lets_an_answer_finish() -> None:
    begun, may_go_on = asyncio.Event(), asyncio.Event()

    async def slow(scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        begun.set()
        await may_go_on.wait()
        await say(scope, receive, send)

    async with doorway(pages=slow) as door:
        client = await door.connect()
        client.send(http("POST /", b"x"))
        await begun.wait()
        close_all(door)
        may_go_on.set()
        assert (await read_answer(client)).json["bytes"] == 1
        assert await client.end() == b""


async def test_closing_ends_what_has_not_begun() -> None:
    async with doorway() as door:
        client = await door.connect()
        client.send(http("GET /healthz"))
        await read_answer(client)
        close_all(door)
        assert await client.end() == b""


def close_all(door: Doorway) -> None:
    (only,) = door.edge.doors
    only.close()


async def test_a_refused_client_may_go_on_sending_for_a_while() -> None:
    async with doorway() as door:
        client = await door.connect()
        client.send(b"GET /" + b"a" * 70_000)
        assert (await refused(client)).status == 431
        assert door.edge.doors  # the end we saw is that of our side only
        client.send(b"a" * 100_000)
        await client.writer.drain()
