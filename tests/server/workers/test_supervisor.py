"""The supervisor, with workers that serve nobody."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from repartee.server.workers import supervisor as module
from repartee.server.workers.pauses import Pauses
from repartee.server.workers.supervisor import Supervisor
from repartee.settings import Server, SettingsError
from server.workers.crew import Crew, crew

TWO = Server(port=0, workers=2)


@asynccontextmanager
async def supervised(made: Crew, folder: Path) -> AsyncIterator[set[int]]:
    """A server of two workers that are ready, their numbers; at the end it is told to go."""
    urls: asyncio.Queue[str] = asyncio.Queue()
    supervisor = Supervisor(TWO, made.command, folder)
    running = asyncio.create_task(supervisor.run(urls.put_nowait))
    try:
        came = [await made.next() for _ in range(2)]
        assert sorted(each[:2] for each in came) == [("came", 1), ("came", 2)]
        async with asyncio.timeout(20):
            assert (await urls.get()).startswith("http://127.0.0.1:")
        yield {pid for *_, pid in came}
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(20):
            await running
        assert urls.empty()
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


async def test_workers_come_and_go_with_it(tmp_path: Path) -> None:
    async with crew(tmp_path) as made, supervised(made, tmp_path) as pids:
        assert len(pids) == 2


async def test_one_that_dies_is_replaced(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    async with crew(tmp_path) as made, supervised(made, tmp_path) as pids:
        os.kill(min(pids), signal.SIGKILL)
        word, _, number, pid = await made.next()
        assert (word, number) == ("came", 3)
        assert pid not in pids
    assert "worker 1 was ended by SIGKILL" in caplog.text or "worker 2 was" in caplog.text


async def test_one_that_cannot_start_again_is_tried_until_it_can(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0

    def after(_: Pauses, lived_s: float) -> float:
        nonlocal tries
        tries += 1
        if tries == 3:
            made.order("serve")
        return 0

    monkeypatch.setattr(Pauses, "after", after)
    async with crew(tmp_path) as made, supervised(made, tmp_path) as pids:
        made.order("fail")
        os.kill(min(pids), signal.SIGKILL)
        assert (await made.next())[0] == "came"
    assert caplog.text.count("there is no such engine") == 2


async def test_all_are_renewed_one_after_the_other(tmp_path: Path) -> None:
    async with crew(tmp_path) as made, supervised(made, tmp_path) as pids:
        os.kill(os.getpid(), signal.SIGHUP)
        told = [await made.next() for _ in range(4)]
        came = [each for each in told if each[0] == "came"]
        retired = [each for each in told if each[0] == "retired"]
        assert [each[1] for each in came] == [1, 2]
        assert {each[3] for each in retired} == pids
        assert not {each[3] for each in came} & pids
        # Nobody leaves before somebody has come.
        assert told.index(came[0]) < told.index(min(retired, key=lambda each: each[1]))


async def test_without_a_new_worker_the_old_ones_stay(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with crew(tmp_path) as made, supervised(made, tmp_path) as pids:
        made.order("fail")
        os.kill(os.getpid(), signal.SIGHUP)
        async with asyncio.timeout(20):
            for _ in iter(lambda: "those that serve go on" in caplog.text, True):
                await asyncio.sleep(0.01)
        made.order("serve")
        os.kill(os.getpid(), signal.SIGHUP)
        told = [await made.next() for _ in range(4)]
        assert {each[3] for each in told if each[0] == "retired"} == pids


@pytest.mark.parametrize(
    ("orders", "reason"),
    [("fail", "there is no such engine"), ("die", "worker [12] ended with status 3")],
)
async def test_where_one_cannot_start_there_is_no_server(
    tmp_path: Path, orders: str, reason: str
) -> None:
    async with crew(tmp_path) as made:
        made.order(orders)
        with pytest.raises(SettingsError, match=reason):
            await Supervisor(TWO, made.command, tmp_path).run(pytest.fail)


async def test_it_can_be_ended_while_it_starts(tmp_path: Path) -> None:
    async with crew(tmp_path) as made:
        running = asyncio.create_task(Supervisor(TWO, made.command, tmp_path).run(pytest.fail))
        await asyncio.sleep(0)
        os.kill(os.getpid(), signal.SIGTERM)
        async with asyncio.timeout(20):
            await running


def test_its_folder_is_private_and_gone_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    seen = []

    async def run(self: Supervisor, ready: object) -> None:
        (name,) = os.listdir(tmp_path)
        seen.append(os.stat(tmp_path / name).st_mode & 0o777)

    monkeypatch.setattr(Supervisor, "run", run)
    assert module.run(TWO, print) == 0
    assert seen == [0o700]
    assert not list(tmp_path.iterdir())
