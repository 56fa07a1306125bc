"""How many sessions one core carries, each served as well as a single one.

    python -m benchmarks.capacity [--chunks 20 100] [--most 1000] [--floor]

The server has a core of its own, the load another; engines cost nothing (`--preset bench`).  A
load holds where every turn is answered, no answer has a gap, and speech_stopped comes, at the 99th
percentile, within 20 ms of when it comes with a few sessions.  `--floor` asks it of the floor.
"""

import argparse
import asyncio
import os
import sys

from benchmarks.pinned import FLOOR, SERVE, Pinned, cores, pinned
from repartee.bench.capacity import Capacity, Step, find_capacity
from repartee.bench.load import measure
from repartee.bench.plan import Plan
from repartee.bench.report import Report
from repartee.transports.client import Place

LIMIT_MS = 20.0


def show(step: Step) -> None:
    p99 = "" if step.stopped_p99 is None else f"{step.stopped_p99:.0f}"
    sys.stdout.write(
        f"{step.sessions:8} {step.turns:7} {step.server_ms or 0:7.2f} {p99:>9}   "
        f"{step.failed or 'holds'}\n"
    )
    sys.stdout.flush()


async def search(server: Pinned, plan: Plan, most: int) -> Capacity:
    """Load the server with more and more."""

    async def have(plan: Plan) -> Report:
        return await measure(plan, Place(server.url))

    return await find_capacity(plan, have, most=most, limit_ms=LIMIT_MS, show=show)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--chunks", type=int, nargs="+", default=[20, 100], help="in ms")
    parser.add_argument("--most", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=15)
    parser.add_argument("--floor", action="store_true")
    given = parser.parse_args()
    os.sched_setaffinity(0, cores()[-1:])
    for chunk_ms in given.chunks:
        sys.stdout.write(f"chunks of {chunk_ms} ms\n")
        sys.stdout.write("sessions   turns   ms/ss   stopped p99, ms\n")
        with pinned(FLOOR if given.floor else SERVE, cores()[:1]) as server:
            plan = Plan(seconds=given.seconds, chunk_ms=chunk_ms, pids=(server.pid,))
            found = asyncio.run(search(server, plan, given.most))
        sys.stdout.write(f"{found.sessions} sessions on one core\n\n")


if __name__ == "__main__":
    main()
