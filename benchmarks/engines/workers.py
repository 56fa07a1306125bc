"""What a worker process costs beside its engine: a round trip, a cancel, a crash.

python -m benchmarks.engines.workers
"""

import asyncio
import os
import signal
import statistics
import time
from contextlib import aclosing

from benchmarks.engines.row import figures
from engines.processes import Held, memory_mb, source, workers
from engines.sample_work import Request
from repartee.engines.protocols import EngineError

ROUNDS = 50


async def main() -> None:
    """Print all figures."""
    pool = workers()
    begun = time.perf_counter()
    await pool.open()
    figures("process", open_ms=ms(begun), idle_mb=memory_mb(pool.pids[0]))
    begun = time.perf_counter()
    async for _ in pool.run(Request(), source(*[b"word"] * 1_000)):
        pass
    figures("input and result", us=ms(begun))
    await pool.close()
    cancels = [await cancelled() for _ in range(ROUNDS)]
    figures("cancel acknowledged", ms=statistics.median(cancels), max_ms=max(cancels))
    crashes = [await crash() for _ in range(ROUNDS // 5)]
    figures("crash told", ms=statistics.median(crashes), max_ms=max(crashes))


async def cancelled() -> float:
    """How long a computing piece of work goes on after its cancel."""
    pool = workers()
    await pool.open()
    async with aclosing(pool.run(Request("burn"), source(b""))) as results:
        await anext(results)
        begun = time.perf_counter()
    async for _ in pool.run(Request(), source()):  # its turn comes after that of the cancelled one
        break
    taken = ms(begun)
    await pool.close()
    return taken


async def crash() -> float:
    """How long it takes until the piece of work knows that its process is gone."""
    pool, inputs = workers(), Held(b"word")
    await pool.open()
    async with aclosing(pool.run(Request(), inputs)) as results:
        await anext(results)
        waiting = asyncio.ensure_future(anext(results))
        await inputs.asked.wait()
        begun = time.perf_counter()
        os.kill(pool.pids[0], signal.SIGKILL)
        try:
            await waiting
        except EngineError:
            return ms(begun)
        finally:
            await pool.close()
    raise AssertionError("the crash went unnoticed")


def ms(since: float) -> float:
    return (time.perf_counter() - since) * 1000


if __name__ == "__main__":
    asyncio.run(main())
