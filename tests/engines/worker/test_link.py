"""One process and its parent: no crash, no hang and no death of the parent leaves anything."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from engines.processes import WORK, Held, ended
from engines.sample_work import Options, Request
from repartee.engines.protocols import EngineError
from repartee.engines.worker import link as worker_link
from repartee.engines.worker.link import Link, environment

ORPHAN = """
import asyncio, os
from engines.sample_work import Options, Request
from repartee.engines.worker.link import Link

async def main():
    link = await Link.start("engines.sample_work:Sample", Options(), "sample")
    job = link.begin(Request("burn"))
    job.feed(b"")
    await job.result()
    print(link.pid, flush=True)
    os.abort()

asyncio.run(main())
"""


@asynccontextmanager
async def started(**options: str) -> AsyncIterator[Link]:
    link = await Link.start(WORK, Options(**options), "sample")
    try:
        yield link
    finally:
        await link.close()


async def test_a_process_starts_works_and_ends() -> None:
    async with started() as link:
        job = link.begin(Request())
        assert (link.alive, link.busy, link.begun) == (True, 1, 1)
        job.finish()
        assert await job.result() is not None
        assert await job.result() is None
        assert link.busy == 0
    assert link.gone
    with pytest.raises(ProcessLookupError):
        os.kill(link.pid, 0)


@pytest.mark.parametrize(
    ("fault", "message"),
    [
        ("explained", "sample cannot be loaded: the model is missing, fetch it."),
        ("bug", r"sample cannot be loaded: ValueError in sample_work.py, line \d+."),
        ("exit", r"sample ended unexpectedly \(status 3\)"),
    ],
)
async def test_one_that_cannot_be_loaded_says_why(fault: str, message: str) -> None:
    with pytest.raises(EngineError, match=message):
        await Link.start(WORK, Options(fault=fault), "sample")


async def test_one_that_never_gets_ready_is_given_up() -> None:
    with pytest.raises(EngineError, match=r"sample was not ready after 0\.1 s"):
        await Link.start(WORK, Options(fault="never ready"), "sample", start_s=0.1)


async def test_python_that_is_not_there_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    with pytest.raises(EngineError, match="sample could not be started: No such file"):
        await Link.start(WORK, Options(), "sample")


async def test_what_a_library_prints_is_no_report(capfd: pytest.CaptureFixture[str]) -> None:
    async with started(fault="chatty") as link:
        job = link.begin(Request())
        job.finish()
        assert await job.result() is not None
    printed = capfd.readouterr()
    assert printed.out == ""
    assert "what a library prints" in printed.err


async def test_a_crash_is_told_to_who_waits_for_results() -> None:
    async with started() as link:
        job = link.begin(Request("stuck"))
        job.feed(b"")
        await job.result()
        os.kill(link.pid, signal.SIGKILL)
        with pytest.raises(EngineError, match=r"sample crashed \(Killed\): this work is lost"):
            await job.result()
        assert not link.alive


async def test_a_crash_is_told_to_who_waits_for_inputs() -> None:
    async with started() as link:
        job, inputs = link.begin(Request()), Held()
        waiting = asyncio.create_task(job.next(inputs))
        await inputs.asked.wait()
        os.kill(link.pid, signal.SIGSEGV)
        with pytest.raises(EngineError, match=r"sample crashed \(Segmentation fault\)"):
            await waiting
        with pytest.raises(EngineError, match="Segmentation fault"):
            await job.next(inputs)


async def test_a_timeout_of_the_inputs_own_is_not_taken_for_a_crash() -> None:
    async def late() -> AsyncIterator[bytes]:
        raise TimeoutError("late")
        yield b""

    async with started() as link:
        with pytest.raises(TimeoutError, match="late"):
            await link.begin(Request()).next(late())


async def test_a_process_that_does_not_acknowledge_a_cancel_is_ended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker_link, "CANCEL_S", 0.1)
    async with started() as link:
        given_up, other = link.begin(Request()), link.begin(Request())
        os.kill(link.pid, signal.SIGSTOP)
        link.leave(given_up)
        with pytest.raises(EngineError, match="sample was stuck and had to be ended"):
            await other.result()
        await ended(link.pid)


async def test_a_cancel_that_is_acknowledged_ends_only_the_job() -> None:
    async with started() as link:
        job = link.begin(Request("burn"))
        job.feed(b"")
        await job.result()
        link.leave(job)
        assert job.stuck is not None
        after = link.begin(Request())
        after.finish()
        assert await after.result() is not None
        assert job.stuck.cancelled()
        assert link.alive


async def test_a_step_that_never_ends_ends_the_process() -> None:
    async with started(fault="impatient") as link:
        job = link.begin(Request("stuck"))
        job.feed(b"")
        await job.result()
        with pytest.raises(EngineError, match=r"sample crashed \(Alarm clock\)"):
            await job.result()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_signals_to_all_processes_leave_it_to_the_parent(number: signal.Signals) -> None:
    async with started() as link:
        os.kill(link.pid, number)
        job = link.begin(Request())
        job.finish()
        assert await job.result() is not None


async def test_closing_fails_what_is_still_wanted() -> None:
    async with started() as link:
        job = link.begin(Request())
        await link.close()
        with pytest.raises(EngineError, match=r"sample was closed\."):
            await job.result()


async def test_a_stuck_process_is_closed_by_force(monkeypatch: pytest.MonkeyPatch) -> None:
    """SIGSTOP is what keeps even the thread that listens from ending the process."""
    monkeypatch.setattr(worker_link, "END_S", 0.1)
    async with started() as link:
        os.kill(link.pid, signal.SIGSTOP)
    assert link.gone


async def test_a_process_does_not_outlive_its_parent() -> None:
    parent = await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", ORPHAN),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment(),
    )
    assert parent.stdout is not None
    child = int(await parent.stdout.readline())
    assert await parent.wait() == -signal.SIGABRT
    await ended(child)


def test_a_process_is_given_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-secret")
    monkeypatch.setenv("LANG", "C.UTF-8")
    given = environment()
    assert given["LANG"] == "C.UTF-8"
    assert "sk-secret" not in str(given)
    assert set(given) <= {*worker_link.ENVIRONMENT, "PYTHONPATH"}
