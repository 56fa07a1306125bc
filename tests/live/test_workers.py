"""Several processes on one port: killed, renewed, left alone, and counted together."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidStatus

from live.caller import PATIENCE_S
from live.engine_sets import QUICK
from live.raw import connected, until
from live.server import Server, serving
from live.staff import becomes, run_folder, server_of, workers
from repartee.keys.database import Database
from repartee.keys.limits import Limits
from repartee.keys.store import Keys

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]

UPDATE = '{"type": "session.update", "session": {"type": "realtime", "instructions": "Go on."}}'


def staffed(folder: Path, count: int = 3, *arguments: str, trouble: str = "") -> Any:
    return serving(folder, *QUICK, "--workers", str(count), *arguments, trouble=trouble)


@asynccontextmanager
async def sessions(
    url: str, count: int, key: str | None = None
) -> AsyncIterator[list[ClientConnection]]:
    """So many sessions that have begun."""
    async with AsyncExitStack() as ends:
        opened = []
        for _ in range(count):
            connection = await ends.enter_async_context(connected(url, key=key))
            await until(connection, "session.created")
            opened.append(connection)
        yield opened


async def lives(connection: ClientConnection) -> bool:
    """Whether a session goes on; if not, it was cut off."""
    try:
        await connection.send(UPDATE)
        await until(connection, "session.updated")
    except ConnectionClosed:
        return False
    return True


def place(server: Server, connection: ClientConnection) -> int:
    return server_of(server, connection.transport.get_extra_info("sockname"))


async def test_they_share_a_port_and_their_lines_tell_them_apart(tmp_path: Path) -> None:
    with staffed(tmp_path) as server:
        assert len(workers(server)) == 3
        async with sessions(server.url, 24) as opened:
            served_by = {place(server, each) for each in opened}
            assert served_by <= workers(server)
            assert len(served_by) > 1
            assert all([await lives(each) for each in opened])
    told = server.log.read_text()
    assert all(f"draining sessions=0 worker={slot}" in told for slot in (1, 2, 3))


async def test_a_killed_worker_takes_only_its_own_sessions_along(tmp_path: Path) -> None:
    keys = Keys(Database(tmp_path / "repartee" / "repartee.db"))
    key = keys.create("tests", Limits(max_sessions=16), 0).text
    with staffed(tmp_path, 3, trouble="died") as server:
        before = workers(server)
        async with sessions(server.url, 16, key=key) as opened:
            places = [place(server, each) for each in opened]
            with pytest.raises(InvalidStatus, match="429"):
                await connected(server.url, key=key)
            os.kill(places[0], signal.SIGKILL)
            kept = [await lives(each) for each in opened]
            assert kept == [each != places[0] for each in places]

            # Those that are gone count no more, wherever the next ones come in.
            async with sessions(server.url, kept.count(False), key=key):
                with pytest.raises(InvalidStatus, match="429"):
                    await connected(server.url, key=key)
                await becomes(lambda: len(workers(server)) == 3)
        assert len(workers(server) - before) == 1
        async with sessions(server.url, 16, key=key) as opened:
            assert all([await lives(each) for each in opened])


async def test_max_sessions_are_those_of_all_workers(tmp_path: Path) -> None:
    async def come(url: str, ends: AsyncExitStack) -> bool:
        try:
            connection = await ends.enter_async_context(connected(url))
        except InvalidStatus as refused:
            return refused.response.status_code != 503
        await until(connection, "session.created")
        return True

    with staffed(tmp_path, 3, "--set", "server.max_sessions=5") as server:
        for _ in range(3):
            async with AsyncExitStack() as ends:
                came = await asyncio.gather(*(come(server.url, ends) for _ in range(40)))
                assert came.count(True) == 5
            await becomes(lambda: ready(server.url))


def ready(url: str) -> bool:
    address = url.replace("/v1", "/readyz")
    try:
        with urllib.request.urlopen(address, timeout=PATIENCE_S):
            return True
    except OSError:
        return False


@pytest.mark.parametrize("tls", [False, True], ids=["http", "https"])
async def test_renewal_refuses_nobody(tmp_path: Path, tls: bool) -> None:
    more = ("--tls-self-signed",) if tls else ()
    short = ("--set", "server.drain_s=1", "--set", "server.header_timeout_s=2")
    with staffed(tmp_path, 2, *short, *more) as server:
        trust = server.certificate if tls else None
        done = asyncio.Event()
        served = 0

        async def keep_coming() -> None:
            nonlocal served
            while not done.is_set():
                async with connected(server.url, trust=trust) as connection:
                    await until(connection, "session.created")
                    served += 1

        before = workers(server)
        async with connected(server.url, trust=trust) as old:
            await until(old, "session.created")
            coming = asyncio.gather(*(keep_coming() for _ in range(4)))
            await becomes(lambda: served > 4)
            os.kill(server.pid, signal.SIGHUP)
            await becomes(lambda: len(workers(server) - before) == 2)
            await becomes(lambda: "workers are new" in server.log.read_text())
            so_far = served
            await becomes(lambda: served > so_far + 8)
            done.set()
            await coming
            async with asyncio.timeout(PATIENCE_S):
                with pytest.raises(ConnectionClosed) as told:
                    await until(old, "never")
            assert told.value.rcvd is not None
            assert told.value.rcvd.code == 1001
        await becomes(lambda: not workers(server) & before)
        assert len(workers(server)) == 2


async def test_workers_outlive_their_supervisor_only_as_long_as_their_sessions(
    tmp_path: Path,
) -> None:
    with staffed(tmp_path, 2, trouble="supervisor is gone") as server:
        async with sessions(server.url, 8) as opened:
            staff = workers(server)
            folder = run_folder(server)
            assert folder.stat().st_mode & 0o777 == 0o700
            os.kill(server.pid, signal.SIGKILL)
            await becomes(lambda: server.log.read_text().count("supervisor is gone") == 2)
            assert all([await lives(each) for each in opened])
            with pytest.raises(OSError):  # noqa: PT011  refused, or reset
                await connected(server.url)
        await becomes(lambda: not any(Path(f"/proc/{pid}").exists() for pid in staff))
        assert not folder.exists()


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("--voice", "parrot"), "there is no engine voice.parrot"),
        (("--host", "0.0.0.0"), "there is no key"),
        (("--workers", "0"), "server.workers"),
        (("--set", "webrtc.udp_ports=many"), "udp_ports"),
    ],
)
def test_what_cannot_start_is_told_in_one_line(
    tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    command = [sys.executable, "-m", "repartee.cli", "serve", "--port", "0", *QUICK]
    environment = {name: value for name, value in os.environ.items() if "REPARTEE_" not in name}
    done = subprocess.run(
        [*command, "--workers", "3", *arguments],
        *(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env={**environment, "XDG_STATE_HOME": str(tmp_path)},
    )
    assert (done.returncode, done.stdout) == (2, "")
    told = [line for line in done.stderr.splitlines() if line.startswith("repartee: ")]
    assert len(told) == 1
    assert reason in told[0]
    assert "Traceback" not in done.stderr


async def test_nobody_waits_in_vain_while_some_workers_drain(tmp_path: Path) -> None:
    with staffed(tmp_path, 3) as server:
        async with sessions(server.url, 1) as (staying,):
            busy = place(server, staying)
            os.kill(server.pid, signal.SIGTERM)
            await becomes(lambda: workers(server) == {busy})
            for _ in range(12):
                with pytest.raises((InvalidStatus, OSError)):
                    await connected(server.url)
            assert await lives(staying)


async def test_a_second_sigint_ends_all_at_once(tmp_path: Path) -> None:
    with staffed(tmp_path, 2, trouble="never") as server:
        async with sessions(server.url, 4) as opened:
            os.kill(server.pid, signal.SIGINT)
            await becomes(lambda: server.log.read_text().count("draining") == 2)
            assert all([await lives(each) for each in opened])
            os.kill(server.pid, signal.SIGINT)
            for each in opened:
                async with asyncio.timeout(PATIENCE_S):
                    await each.wait_closed()
