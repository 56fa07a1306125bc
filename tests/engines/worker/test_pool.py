"""The processes of an engine: many pieces of work at once, none of which harms another."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager

import pytest

from engines.processes import Held, ended, is_idle, memory_mb, source, workers
from engines.sample_work import Line, Request
from repartee.engines.protocols import EngineError
from repartee.engines.worker import pool as worker
from repartee.engines.worker.link import START_S
from repartee.engines.worker.pool import WAITING, Workers


@asynccontextmanager
async def opened(
    processes: int = 1, at_once: int = 64, waiting: int = WAITING, **options: str
) -> AsyncIterator[Workers[Line]]:
    pool = workers(processes, at_once, waiting, START_S, **options)
    await pool.open()
    try:
        yield pool
    finally:
        await pool.close()


async def texts(pool: Workers[Line], kind: str, *inputs: bytes) -> list[str]:
    async with aclosing(pool.run(Request(kind), source(*inputs))) as results:
        return [result.text async for result in results]


async def test_inputs_go_in_and_results_come_out_in_order() -> None:
    async with opened(word="no") as pool:
        assert await texts(pool, "echo", b"a", b"b", b"c") == ["a", "b", "c", "no"]
        assert await texts(pool, "echo") == ["no"]


async def test_results_come_before_the_next_input_is_asked_for() -> None:
    async with opened() as pool:
        inputs = Held(b"first")
        async with aclosing(pool.run(Request(), inputs)) as results:
            assert (await anext(results)).text == "first"
            assert not inputs.asked.is_set()
            inputs.give(b"second")
            assert (await anext(results)).text == "second"


async def test_many_pieces_of_work_share_a_process() -> None:
    async with opened() as pool:
        held = [Held(str(number).encode()) for number in range(20)]
        runs = [pool.run(Request(), inputs) for inputs in held]
        begun = [await anext(run) for run in runs]
        assert [each.text for each in begun] == [str(number) for number in range(20)]
        assert {each.pid for each in begun} == {*pool.pids}
        for inputs in held:
            inputs.end()
        rest = await asyncio.gather(*(collect(run) for run in runs))
        assert rest == [["yes"]] * 20


async def collect(run: AsyncIterator[Line]) -> list[str]:
    return [result.text async for result in run]


async def test_a_process_stays_small_and_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPARTEE_SECRET", "sk-secret")
    async with opened() as pool:
        modules, names = await texts(pool, "about")
        assert "msgspec" in modules.split()
        assert not {"numpy", "asyncio", "repartee.engines.protocols"} & {*modules.split()}
        assert "REPARTEE_SECRET" not in names.split()


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("explained", "sample failed: this voice is not there, choose another."),
        ("bug", r"sample failed: ValueError in sample_work.py, line \d+."),
        ("impossible", r"sample failed: this cannot be begun."),
    ],
)
async def test_a_failure_ends_only_its_piece_of_work(kind: str, message: str) -> None:
    async with opened() as pool:
        before = pool.pids
        inputs = Held(b"here")
        async with aclosing(pool.run(Request(), inputs)) as other:
            await anext(other)
            with pytest.raises(EngineError, match=message) as failure:
                await texts(pool, kind, b"what the user said")
            assert "user" not in str(failure.value)
            inputs.end()
            assert (await anext(other)).text == "yes"
        assert pool.pids == before


async def test_the_next_work_after_a_crash_finds_a_new_process() -> None:
    async with opened() as pool:
        before = pool.pids
        with pytest.raises(EngineError, match=r"sample crashed \(Killed\)"):
            await texts(pool, "crash", b"")
        assert await texts(pool, "echo", b"a") == ["a", "yes"]
        assert not {*before} & {*pool.pids}


async def test_a_crash_ends_all_work_that_was_on_the_process_at_once() -> None:
    async with opened() as pool:
        held = [Held(b"here") for _ in range(3)]
        runs = [pool.run(Request(), inputs) for inputs in held]
        for run in runs:
            await anext(run)
        waiting = [asyncio.create_task(collect(run)) for run in runs]
        for inputs in held:
            await inputs.asked.wait()
        os.kill(pool.pids[0], signal.SIGKILL)
        async with asyncio.timeout(5):
            results = await asyncio.gather(*waiting, return_exceptions=True)
        assert [type(each) for each in results] == [EngineError] * 3


async def test_closing_the_generator_stops_the_work_itself() -> None:
    async with opened() as pool:
        async with aclosing(pool.run(Request("burn"), source(b""))) as results:
            await anext(results)
        # An answer to what came later shows that the cancel was worked off.
        assert await texts(pool, "echo") == ["yes"]
        assert is_idle(pool.pids[0])


async def test_cancelling_the_reader_stops_the_work_itself() -> None:
    async with opened() as pool:
        begun = asyncio.Event()

        async def read() -> None:
            async for _ in pool.run(Request("burn"), source(b"")):
                begun.set()

        reader = asyncio.create_task(read())
        await begun.wait()
        reader.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reader
        assert await texts(pool, "echo") == ["yes"]
        assert is_idle(pool.pids[0])


async def test_a_stuck_process_is_replaced_once_its_caller_gives_up(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("repartee.engines.worker.link.CANCEL_S", 0.1)
    async with opened() as pool:
        (stuck,) = pool.pids
        async with aclosing(pool.run(Request("stuck"), source(b""))) as results:
            await anext(results)
            os.kill(stuck, signal.SIGSTOP)
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await anext(results)
        await ended(stuck)
        assert await texts(pool, "echo") == ["yes"]
        assert pool.pids != (stuck,)


async def test_a_slow_reader_fills_nobodys_memory() -> None:
    async with opened() as pool:
        (pid,) = pool.pids
        ours, theirs = memory_mb(os.getpid()), memory_mb(pid)
        async with aclosing(pool.run(Request("flood"), source(b""))) as results:
            assert (await anext(results)).text == "0"
            for _ in range(50):  # each would be time enough to send on
                assert await texts(pool, "echo") == ["yes"]
            assert memory_mb(pid) - theirs < 5
            assert memory_mb(os.getpid()) - ours < 5
            rest = [result.text async for result in results]
        assert rest == [*map(str, range(1, 2_000)), "yes"]


async def test_a_fault_of_the_inputs_is_passed_on_and_stops_the_work() -> None:
    async def broken() -> AsyncIterator[bytes]:
        yield b"a"
        raise ValueError("broken")

    async with opened() as pool:
        results = pool.run(Request(), broken())
        assert (await anext(results)).text == "a"
        with pytest.raises(ValueError, match="broken"):
            await anext(results)
        assert await texts(pool, "echo") == ["yes"]


async def test_no_task_is_open_between_results() -> None:
    async with opened() as pool:
        before = asyncio.all_tasks()
        async with aclosing(pool.run(Request(), Held(b"a", b"b"))) as results:
            await anext(results)
            assert asyncio.all_tasks() == before


async def test_work_beyond_the_processes_waits_in_line() -> None:
    async with opened(processes=2, at_once=1) as pool:
        held = [Held(b"a"), Held(b"b")]
        runs = [pool.run(Request(), inputs) for inputs in held]
        pids = [(await anext(run)).pid for run in runs]
        assert len({*pids}) == 2
        third = asyncio.create_task(collect(pool.run(Request(), source(b"c"))))
        fourth = asyncio.create_task(collect(pool.run(Request(), source(b"d"))))
        held[1].end()
        assert await collect(runs[1]) == ["yes"]
        done, _ = await asyncio.wait([third, fourth], return_when=asyncio.FIRST_COMPLETED)
        assert done == {third}
        assert await third == ["c", "yes"]
        assert await fourth == ["d", "yes"]
        assert {*pool.pids} == {*pids}
        await runs[0].aclose()


async def test_a_line_that_is_full_takes_no_more_until_somebody_leaves_it() -> None:
    async with opened(at_once=1, waiting=1) as pool:
        inputs = Held(b"a")
        first = pool.run(Request(), inputs)
        await anext(first)
        second = asyncio.create_task(collect(pool.run(Request(), source(b"b"))))
        await asyncio.sleep(0)  # until it stands in line
        with pytest.raises(EngineError, match="all 1 places are taken, and 1 wait") as refusal:
            await texts(pool, "echo", b"c")
        assert refusal.value.code == "overloaded"
        second.cancel()
        with pytest.raises(asyncio.CancelledError):
            await second
        third = asyncio.create_task(collect(pool.run(Request(), source(b"c"))))
        await asyncio.sleep(0)
        inputs.end()
        assert await collect(first) == ["yes"]
        assert await third == ["c", "yes"]


async def test_none_needs_to_wait() -> None:
    async with opened(at_once=1, waiting=0) as pool:
        async with aclosing(pool.run(Request(), Held(b"a"))) as first:
            await anext(first)
            with pytest.raises(EngineError, match="more to do than it can"):
                await texts(pool, "echo")
        assert await texts(pool, "echo") == ["yes"]


async def test_how_long_loading_may_take_is_the_engines_affair() -> None:
    pool = workers(start_s=0.1, fault="never ready")
    with pytest.raises(EngineError, match=r"sample was not ready after 0\.1 s"):
        await pool.open()
    await pool.close()


async def test_the_least_busy_process_is_taken() -> None:
    async with opened(processes=2, at_once=2) as pool:
        held = [Held(b"a") for _ in range(4)]
        runs = [pool.run(Request(), inputs) for inputs in held]
        pids = [(await anext(run)).pid for run in runs]
        assert pids[0] == pids[1] != pids[2] == pids[3]
        held[0].end()
        assert await collect(runs[0]) == ["yes"]
        assert await texts(pool, "echo") == ["yes"]
        for run in runs:
            await run.aclose()


async def test_a_further_process_ends_when_it_has_been_idle(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(worker, "IDLE_S", 0.01)
    async with opened(processes=2, at_once=1) as pool:
        first = pool.run(Request(), Held(b"a"))
        await anext(first)
        async with aclosing(pool.run(Request(), source(b"b"))) as second:
            further = (await anext(second)).pid
            assert len(pool.pids) == 2
            assert await collect(second) == ["yes"]
        await ended(further)
        await first.aclose()
        assert len(pool.pids) == 1


async def test_opening_tells_why_it_fails() -> None:
    pool = workers(fault="explained")
    with pytest.raises(EngineError, match="sample cannot be loaded: the model is missing"):
        await pool.open()
    await pool.close()


async def test_work_needs_an_open_engine() -> None:
    pool = workers()
    with pytest.raises(EngineError, match="sample is not open"):
        await texts(pool, "echo")
    await pool.open()
    (pid,) = pool.pids
    await pool.close()
    await ended(pid)
    with pytest.raises(EngineError, match="sample is not open"):
        await texts(pool, "echo")


async def test_it_may_be_opened_again() -> None:
    pool = workers()
    for _ in range(2):
        await pool.open()
        assert await texts(pool, "echo", b"a") == ["a", "yes"]
        await pool.close()


async def test_the_event_loop_stays_free_while_the_worker_works() -> None:
    async with opened() as pool, aclosing(pool.run(Request("burn"), source(b""))) as results:
        await anext(results)
        used = time.process_time()
        await asyncio.sleep(0.2)  # what is measured is our own part in it
        assert time.process_time() - used < 0.1
        assert not is_idle(pool.pids[0])
