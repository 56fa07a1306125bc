"""Fifty sessions live while the server is told to end: none is cut before its time."""

import asyncio
import os
import signal
import time
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from live.server import Server
from security.process import running
from security.wire import FAKES, Client, ask, connection, session
from transports.raw_socket import CLOSE

pytestmark = pytest.mark.slow

SESSIONS = 50
DRAIN_S = 2.0


async def talk(client: Client) -> float:
    """Turn after turn, until the server ends the session; when that was."""
    turns = 0
    while True:
        client.say("response.create", response={"output_modalities": ["text"]})
        done = b""
        while b'"response.done"' not in done:
            opcode, done = await client.socket.frame()
            if opcode == CLOSE:
                assert int.from_bytes(done[:2], "big") == 1001, done
                assert turns > 1
                return time.monotonic()
        assert b'"completed"' in done
        turns += 1
        await asyncio.sleep(0.1)  # as somebody does who listens


async def told_to_end(server: Server) -> float:
    """Ask the server to end, and see that it lets nobody in any more; when that was."""
    begin = time.monotonic()
    os.kill(server.pid, signal.SIGTERM)
    while (await ask(server, "GET /readyz")).status != 503:
        pass  # the signal is on its way
    async with connection(server) as late:
        assert (await late.request()).startswith("HTTP/1.1 503 ")
    return begin


async def test_none_of_50_sessions_is_cut_before_the_deadline(tmp_path: Path) -> None:
    setting = f"server.drain_s={DRAIN_S}"
    async with (
        running(tmp_path, *FAKES, "--set", setting) as server,
        AsyncExitStack() as sessions,
    ):
        clients = [await sessions.enter_async_context(session(server)) for _ in range(SESSIONS)]
        talks = [asyncio.create_task(talk(client)) for client in clients]
        begin = await told_to_end(server)
        ends = await asyncio.gather(*talks)
        assert f"sessions={SESSIONS}" in server.log.read_text()
    assert min(ends) - begin > DRAIN_S - 0.01
    assert max(ends) - begin < DRAIN_S + 5
