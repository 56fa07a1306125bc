"""One of several workers."""

import asyncio
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from repartee.keys.database import StoreError
from repartee.server.access import access
from repartee.server.drain import Signals
from repartee.server.workers.seat import RETIRE, Seat
from repartee.server.workers.worker import Worker, named
from server.doorway import doorway, furnished, http, pages_of, read_answer, request
from server.workers.stations import opening
from transports.raw_socket import UPGRADE, RawSocket

GOOD = [f"{name}: {value}" for name, value in UPGRADE.items()]


@pytest.fixture
def folder() -> Iterator[Path]:
    """Where the workers of a server meet; its path is short, as those of Unix sockets must be."""
    with tempfile.TemporaryDirectory(prefix="repartee-tests-") as parent:
        made = Path(parent) / "run"
        made.mkdir()
        yield made


@contextmanager
def employed(folder: Path, *numbers: int) -> Iterator[tuple[list[Worker], socket.socket]]:
    """Workers of one server, and the supervisor's end of their channel."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        seats = [Seat(1, len(numbers), each, (), theirs.fileno(), str(folder)) for each in numbers]
        workers = [Worker(seat) for seat in seats]
        try:
            yield workers, ours
        finally:
            for worker in workers:
                worker.close()


def test_what_each_counts_by_itself_is_divided(folder: Path) -> None:
    with employed(folder, 1, 2) as ((worker, _), _):
        server = worker.settings(furnished(connects_per_s=501, bad_keys_per_minute=0)).server
        assert (server.connects_per_s, server.bad_keys_per_minute) == (251, 0)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (("GET /v1/realtime?call_id=rtc_1", *GOOD), "rtc_1"),
        (("GET /v1/realtime?model=m", *GOOD), None),
        (("GET /v1/realtime?call_id=rtc_1",), None),
        (("POST /v1/realtime/calls/rtc_1/hangup",), "rtc_1"),
        (("POST /v1/realtime/calls",), None),
        (("POST /v1/realtime/calls/rtc_1/2/hangup",), None),
        (("GET /v1/playground/sessions/sess_1/speech",), "sess_1"),
        (("GET /v1/models",), None),
    ],
)
def test_requests_may_name_what_they_are_about(asked: tuple[str, ...], name: str | None) -> None:
    assert named(request(*asked)) == name


async def test_a_name_leads_to_the_worker_that_has_it(folder: Path) -> None:
    with employed(folder, 7, 8) as (workers, _):
        one, two = (each.cluster(access(furnished()).sealer) for each in workers)
        asked = request(f"POST /v1/realtime/calls/{one.new_id('rtc')}/hangup")
        assert one.elsewhere(asked) is None
        found = two.elsewhere(asked)
        assert found is not None
        assert found.name == "7.socket"
        for path in ("/v1/models", "/v1/realtime/calls/rtc_1/hangup"):
            assert one.elsewhere(request(f"POST {path}")) is None


async def test_sessions_and_calls_are_counted_together(folder: Path) -> None:
    with employed(folder, 1, 2) as (workers, _):
        one, two = (each.cluster(access(furnished()).sealer) for each in workers)
        with one.sessions as live:
            live.begin("key_a")
        assert (two.sessions["key_a"], two.calls.total) == (1, 0)


async def test_the_others_reach_it_by_a_socket_of_its_own(folder: Path) -> None:
    async with doorway() as door:
        with employed(folder, 3) as ((worker,), _):
            async with worker.attending(door.edge, pages_of(door.edge), Signals()):
                path = folder / "3.socket"
                assert path.stat().st_mode & 0o777 == 0o600
                client = RawSocket(*await asyncio.open_unix_connection(str(path)))
                client.send(opening(["198.51.100.7", 1]) + http("GET /healthz"))
                assert (await read_answer(client)).status == 200
                await client.close()
            assert not path.exists()


@pytest.mark.parametrize("is_told", [True, False])
async def test_it_retires_when_it_is_told_to_and_when_nobody_is_left(
    is_told: bool, folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with doorway() as door:
        with employed(folder, 3) as ((worker,), supervisor):
            signals = Signals()
            async with worker.attending(door.edge, pages_of(door.edge), signals):
                assert not signals.end.is_set()
                if is_told:
                    supervisor.send(RETIRE)
                else:
                    supervisor.close()
                async with asyncio.timeout(10):
                    await signals.end.wait()
                assert signals.retired
    assert ("supervisor is gone" in caplog.text) != is_told
    assert os.path.exists(folder) == is_told  # noqa: ASYNC240


def test_without_a_board_there_is_no_worker() -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        Worker(Seat(1, 2, 3, (), 0, "/nonexistent"))
