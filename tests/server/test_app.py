"""The server as a whole, ended by signals of its own process."""

import asyncio
import json
import logging
import signal
import socket
import ssl
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import structs

from repartee.keys.database import Database
from repartee.keys.limits import Limits
from repartee.keys.store import Keys
from repartee.server import app
from repartee.settings import Metrics, Server, Settings, SettingsError, Usage
from repartee.speech.listener import SpeechDetector
from server.doorway import KEY, NOWHERE, edge_of, furnished, http, pages_of, read_answer
from transports.raw_socket import TEXT, RawSocket, close_frame, frame

Visit = Callable[[int], Awaitable[RawSocket | None]]


def serve(
    visit: Visit,
    *,
    ends: tuple[signal.Signals, ...] = (signal.SIGTERM,),
    keys: Path = NOWHERE,
    **server: Any,
) -> str:
    """Run a server on a free port, let `visit` come, end it by signals; its URL.

    A client that the visit leaves behind must be told to go.
    """
    urls: asyncio.Queue[str] = asyncio.Queue()

    async def main() -> str:
        settings = furnished(keys, **{"port": 0, **server})
        serving = asyncio.create_task(echoing(settings, urls.put_nowait))
        serving.add_done_callback(lambda _: urls.put_nowait(""))
        async with asyncio.timeout(20):
            url = await urls.get()
            if not url:
                await serving  # which has failed
            left = await visit(int(url.rpartition(":")[2].removesuffix("/v1")))
            for each in ends:
                signal.raise_signal(each)
                await asyncio.sleep(0)
            if left:
                assert await left.goodbye() == (1001, "the server is shutting down")
                await left.close()
            await serving
        return url

    with asyncio.Runner(loop_factory=app.loop_factory()) as runner:
        return runner.run(main())


async def echoing(settings: Settings, ready: app.Ready) -> None:
    """A server whose sessions only say again what they hear."""
    edge = edge_of(settings)
    door = await app.open_door(settings.server, edge.access)
    await app.let_in(door, edge, pages_of(edge), ready)


async def nobody(_: int) -> None:
    return


def test_the_url_is_what_clients_need() -> None:
    url = serve(nobody)
    assert url.startswith("http://127.0.0.1:")
    assert url.endswith("/v1")


def test_http_and_websocket_share_the_port() -> None:
    async def visit(port: int) -> None:
        client = await RawSocket.connect(port)
        client.send(http("GET /v1/models"))
        assert (await read_answer(client)).status == 200
        assert "101" in await client.request()
        client.send(frame(TEXT, b"hello"))
        assert await client.text() == b"hello"
        await client.close()

    serve(visit)


def test_tls_shares_it_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))

    async def visit(port: int) -> None:
        trusting = ssl.create_default_context(cafile=tmp_path / "repartee" / "certificate.pem")
        client = await RawSocket.connect(port, ssl=trusting, server_hostname="localhost")
        client.send(http("GET /v1/models"))
        assert (await read_answer(client)).status == 200
        assert "101" in await client.request()
        for said in (b"hello", b"x" * 3_000_000):
            client.send(frame(TEXT, said))
            assert await client.text() == said
        await client.close()

    assert serve(visit, tls_self_signed=True).startswith("https://127.0.0.1:")


async def stay(port: int) -> RawSocket:
    client = await RawSocket.connect(port)
    await client.request()
    return client


def test_sessions_end_when_time_is_up() -> None:
    serve(stay, drain_s=0.05)


def test_a_second_sigint_ends_at_once() -> None:
    serve(stay, ends=(signal.SIGINT, signal.SIGINT), drain_s=3600)


def test_a_port_in_use_is_told_with_the_remedy() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingsError, match=f"port {port} on 127.0.0.1 is in use: .*--port"):
            serve(nobody, port=port)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.168.1.2", "voice.example"])
def test_other_machines_are_not_let_in_without_a_key(host: str) -> None:
    with pytest.raises(SettingsError, match=r"repartee keys create NAME.*set REPARTEE_API_KEY"):
        serve(nobody, host=host)


def test_other_machines_are_let_in_with_a_key() -> None:
    async def visit(port: int) -> None:
        client = await RawSocket.connect(port)
        client.send(http(f"GET /v1/models\nHost: voice.example\nAuthorization: Bearer {KEY}"))
        assert (await read_answer(client)).status == 200
        await client.close()

    serve(visit, host="0.0.0.0", api_key=KEY)


def test_other_machines_are_let_in_with_a_key_that_was_made(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    made = Keys(Database(file)).create("phone", Limits(), time.time())

    async def visit(port: int) -> None:
        client = await RawSocket.connect(port)
        client.send(http(f"GET /v1/models\nHost: voice.example\nAuthorization: Bearer {made.text}"))
        assert (await read_answer(client)).status == 200
        await client.close()

    serve(visit, keys=file, host="0.0.0.0")


def test_localhost_is_listened_to_on_all_its_addresses() -> None:
    async def visit(port: int) -> None:
        loop = asyncio.get_running_loop()
        for family, _, _, _, address in await loop.getaddrinfo(
            "localhost", port, type=socket.SOCK_STREAM
        ):
            assert family in (socket.AF_INET, socket.AF_INET6)
            _, writer = await asyncio.open_connection(str(address[0]), port)
            writer.close()
            await writer.wait_closed()

    assert serve(visit, host="localhost").startswith("http://localhost:")


def run(visit: Visit, **changed: Any) -> None:
    """A whole server from `run` on, let `visit` come, and end it."""
    settings = structs.replace(furnished(port=0), usage=Usage(database="off"), **changed)

    def ready(url: str) -> None:
        visiting = asyncio.get_running_loop().create_task(visited(int(url.split(":")[2][:-3])))
        visiting.add_done_callback(lambda _: signal.raise_signal(signal.SIGTERM))

    async def visited(port: int) -> None:
        try:
            await visit(port)
        except BaseException as error:
            failed.append(error)

    failed: list[BaseException] = []
    assert app.run(settings, ready) == 0
    assert not failed, failed


def test_the_rooms_are_joined() -> None:
    """A session with engines of the process."""
    first: list[Any] = []

    async def visit(port: int) -> None:
        client = await RawSocket.connect(port)
        await client.request("/v1/realtime?model=gpt-x")
        first.append(json.loads(await client.text()))
        await client.close()

    run(visit)
    assert first[0]["type"] == "session.created"
    assert first[0]["session"]["model"] == "gpt-x"


async def figures(port: int) -> tuple[int, bytes]:
    client = await RawSocket.connect(port)
    client.send(http("GET /metrics"))
    answer = await read_answer(client)
    await client.close()
    return answer.status, answer.body


def test_sessions_are_counted_where_metrics_are_told() -> None:
    async def visit(port: int) -> None:
        client = await RawSocket.connect(port)
        await client.request()
        assert json.loads(await client.text())["type"] == "session.created"
        status, body = await figures(port)
        assert status == 200
        active = b'sessions_active{api="ga",model="gpt-realtime",transport="websocket"} 1.0'
        assert active in body
        client.send(close_frame(1000))
        await client.goodbye()
        await client.close()

    run(visit)


def test_sound_that_is_judged_late_makes_an_overload(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SpeechDetector, "late_s", 60.0)

    async def visit(port: int) -> None:
        client = await RawSocket.connect(port)
        await client.request()
        asking = await RawSocket.connect(port)
        status = 200
        async with asyncio.timeout(20):
            while status == 200:
                asking.send(http("GET /readyz"))
                status = (await read_answer(asking)).status
        assert status == 503
        await asking.close()
        await client.close()

    run(visit, server=Server(port=0, max_lag_ms=30_000))  # more than any test machine's own


def test_metrics_may_be_off_or_elsewhere(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "repartee")

    async def visit(port: int) -> None:
        assert (await figures(port))[0] == 404
        beside = [record for record in caplog.records if record.message == "metrics are told"]
        for record in beside:
            assert (await figures(vars(record)["port"]))[0] == 200
        told.append(len(beside))

    told: list[int] = []
    run(visit, metrics=Metrics(enabled=False))
    run(visit, metrics=Metrics(port=0))
    assert told == [0, 1]
