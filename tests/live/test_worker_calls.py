"""Calls and sessions that are asked for at another worker than the one that has them."""

import asyncio
import json
import os
import signal
import ssl
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection

from live.caller import PATIENCE_S
from live.engine_sets import QUICK
from live.raw import connected, until
from live.server import Server, serving
from live.staff import becomes, owner, server_of, workers
from transports.raw_socket import RawSocket
from transports.webrtc.caller import WebRTCCaller, calling

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

CALLS = "/v1/realtime/calls"
TRIES = 100


def staffed(folder: Path, *arguments: str, trouble: str = "") -> Any:
    return serving(folder, *QUICK, "--workers", "2", *arguments, trouble=trouble)


def instruct(words: str) -> dict[str, Any]:
    session = {"type": "realtime", "instructions": words}
    return {"type": "session.update", "session": session}


@asynccontextmanager
async def joined(server: Server, call_id: str, pid: int) -> AsyncIterator[ClientConnection]:
    """A sideband that has come in at the worker `pid`."""
    trust = server.certificate if server.url.startswith("https") else None
    async with AsyncExitStack() as ends:
        for _ in range(TRIES):
            connection = await connected(server.url, f"call_id={call_id}", trust=trust)
            ends.push_async_callback(connection.close)
            if server_of(server, connection.transport.get_extra_info("sockname")) == pid:
                yield connection
                return
            await connection.close()
    raise AssertionError("the kernel never chooses that worker")


async def ask(server: Server, pid: int, head: str) -> tuple[int, Any]:
    """Send a request at the worker `pid`; the status and the JSON that answer it, if any."""
    port = int(server.url.rpartition(":")[2].removesuffix("/v1"))
    for _ in range(TRIES):
        client = await RawSocket.connect(port)
        # One answer shows that it is served, and by whom.
        client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        await read(client)
        if server_of(server, client.writer.get_extra_info("sockname")) == pid:
            client.send(f"{head} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            status, body = await read(client)
            # The same connection goes on, whoever has answered.
            client.send(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert (await read(client))[0] == 200
            client.writer.close()
            await client.writer.wait_closed()
            return status, json.loads(body) if body else None
        await client.close()
    raise AssertionError("the kernel never chooses that worker")


async def read(client: RawSocket) -> tuple[int, bytes]:
    head = await client.head()
    lengths = [line for line in head.splitlines() if line.lower().startswith("content-length")]
    length = int(lengths[0].partition(":")[2])
    async with asyncio.timeout(PATIENCE_S):
        return int(head.split()[1]), await client.reader.readexactly(length)


def others(server: Server, pid: int) -> int:
    (other,) = workers(server) - {pid}
    return other


async def steers(sideband: ClientConnection, caller: WebRTCCaller, words: str) -> None:
    """What a sideband says is heard by the session, and what it says goes to both."""
    await sideband.send(json.dumps(instruct(words)))
    updated = await until(sideband, "session.updated")
    assert updated["session"]["instructions"] == words
    await caller.until("session.updated", len(caller.all("session.updated")) or 1)


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_a_sideband_joins_its_call_at_any_worker(tmp_path: Path, tls: bool) -> None:
    more = ("--tls-self-signed",) if tls else ()
    with staffed(tmp_path, *more) as server:
        verify = ssl.create_default_context(cafile=server.certificate) if tls else True
        async with AsyncExitStack() as ends:
            async with calling(server.url, verify=verify) as caller:
                here = owner(server, caller.call_id)
                for pid in (here, others(server, here)):
                    sideband = await ends.enter_async_context(joined(server, caller.call_id, pid))
                    created = await until(sideband, "session.created")
                    assert created["session"]["object"] == "realtime.session"
                    await steers(sideband, caller, f"Say {pid}.")
                    long = "x" * 250_000
                    for number in range(4):
                        await steers(sideband, caller, f"{number}{long}")
            async with asyncio.timeout(PATIENCE_S):
                await sideband.wait_closed()
            assert sideband.close_code == 1000


async def test_a_call_is_hung_up_at_any_worker(tmp_path: Path) -> None:
    with staffed(tmp_path) as server:
        async with calling(server.url) as caller:
            other = others(server, owner(server, caller.call_id))
            status, _ = await ask(server, other, f"POST {CALLS}/{caller.call_id}/hangup")
            assert status == 200
            async with asyncio.timeout(PATIENCE_S):
                await caller.closed.wait()
            for pid in workers(server):
                again = await ask(server, pid, f"POST {CALLS}/{caller.call_id}/hangup")
                assert (again[0], again[1]["error"]["code"]) == (404, "call_not_found")


async def test_a_forged_call_is_like_one_that_never_was(tmp_path: Path) -> None:
    with staffed(tmp_path) as server:
        async with calling(server.url) as caller:
            last = "b" if caller.call_id.endswith("a") else "a"
            forged = caller.call_id[:-1] + last
            for pid in workers(server):
                for name in (forged, "rtc_none", "rtc_" + "z" * 38):
                    status, body = await ask(server, pid, f"POST {CALLS}/{name}/hangup")
                    assert (status, body["error"]["code"]) == (404, "call_not_found")
            for _ in range(8):
                async with connected(server.url, f"call_id={forged}") as sideband:
                    refused = await until(sideband, "error")
                    assert refused["error"]["code"] == "call_not_found"


async def test_the_calls_of_a_worker_that_died_are_unknown(tmp_path: Path) -> None:
    with staffed(tmp_path, "--set", "webrtc.max_calls=1", trouble="died") as server:
        async with calling(server.url) as caller:
            pid = owner(server, caller.call_id)
            with pytest.raises(AssertionError, match="server_overloaded"):
                async with calling(server.url):
                    pass
            os.kill(pid, signal.SIGKILL)
            await becomes(lambda: pid not in workers(server) and len(workers(server)) == 2)
            for each in workers(server):
                status, body = await ask(server, each, f"POST {CALLS}/{caller.call_id}/hangup")
                assert (status, body["error"]["code"]) == (404, "call_not_found")
        async with calling(server.url) as caller:
            assert owner(server, caller.call_id) in workers(server)


async def test_a_sessions_speech_is_told_at_any_worker(tmp_path: Path) -> None:
    with staffed(tmp_path) as server:
        async with connected(server.url) as connection:
            session = (await until(connection, "session.created"))["session"]["id"]
            here = server_of(server, connection.transport.get_extra_info("sockname"))
            assert owner(server, session) == here
            path = f"GET /v1/playground/sessions/{session}/speech"
            for pid in workers(server):
                assert await begins(server, pid, path) == 200
            forged = path.replace(session, session[:-1] + "-")
            assert [await begins(server, pid, forged) for pid in workers(server)] == [404, 404]


async def begins(server: Server, pid: int, head: str) -> int:
    """The status of an answer that has no end."""
    port = int(server.url.rpartition(":")[2].removesuffix("/v1"))
    for _ in range(TRIES):
        client = await RawSocket.connect(port)
        client.send(f"{head} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        status = int((await client.head()).split()[1])
        chosen = server_of(server, client.writer.get_extra_info("sockname"))
        await client.close()
        if chosen == pid:
            return status
    raise AssertionError("the kernel never chooses that worker")
