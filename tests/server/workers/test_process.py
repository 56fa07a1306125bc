"""A worker's process, as its supervisor sees it."""

import signal
import socket
from pathlib import Path

from repartee.server.workers.process import WorkerProcess
from server.workers.crew import Crew, crew


async def started(made: Crew, tmp_path: Path) -> WorkerProcess:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return await WorkerProcess.start(made.command, (2, 3, 9), [door], tmp_path)


async def test_it_says_that_it_is_ready_and_leaves_when_it_is_told(tmp_path: Path) -> None:
    async with crew(tmp_path) as made:
        worker = await started(made, tmp_path)
        assert await worker.started()
        assert worker.failed is None
        assert worker.lived_s >= 0
        assert await made.next() == ("came", 2, 9, worker.pid)
        worker.retire()
        assert (await made.next())[0] == "retired"
        assert await worker.ended == 0
        worker.retire()  # which nobody hears
        worker.send_signal(signal.SIGTERM)


async def test_it_says_why_it_cannot_serve(tmp_path: Path) -> None:
    async with crew(tmp_path) as made:
        made.order("fail")
        worker = await started(made, tmp_path)
        assert not await worker.started()
        assert worker.failed == "there is no such engine"
        assert await worker.ended == 2
        assert worker.lived_s == 0


async def test_one_that_says_nothing_is_not_ready(tmp_path: Path) -> None:
    async with crew(tmp_path) as made:
        made.order("die")
        worker = await started(made, tmp_path)
        assert not await worker.started()
        assert worker.failed is None
        assert await worker.ended == 3


async def test_it_can_be_killed(tmp_path: Path) -> None:
    async with crew(tmp_path) as made:
        worker = await started(made, tmp_path)
        assert await worker.started()
        worker.send_signal(signal.SIGKILL)
        assert await worker.ended == -signal.SIGKILL
