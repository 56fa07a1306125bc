"""What a second of a session costs, beside the least that it can cost.

    python -m benchmarks.density [--sessions 1 16 64 200] [--chunks 20 100] [--rounds 3]

This server and `benchmarks.floor` run on the same core and are loaded in turns, so that each ratio
is of two neighbours in time; the load has another core.  Engines cost nothing (`--preset bench`);
telling speech from silence is real.  "listening": turns are heard and get no answer.  Lags are
those of this server, without the silence that ends a turn.
"""

import argparse
import asyncio
import os
import sys
from statistics import median

from msgspec import structs

from benchmarks.pinned import FLOOR, SERVE, Pinned, cores, pinned
from repartee.bench.figures import Figure
from repartee.bench.load import measure
from repartee.bench.plan import Plan
from repartee.bench.report import Report
from repartee.transports.client import Place

_HEAD = """\
                            ms/ss  ms/ss         speech_stopped   voice to voice
                sessions     here  floor  ratio   p50 ms  p99      p50 ms  p99
"""


def have(server: Pinned, plan: Plan) -> Report:
    """Load a server; a run in which the load itself was late is had again."""
    plan = structs.replace(plan, pids=(server.pid,))
    for _ in range(3):
        report = asyncio.run(measure(plan, Place(server.url)))
        if not report.void:
            return report
    raise SystemExit("the load is late: this machine is too busy")


def row(plan: Plan, rounds: int) -> str:
    """Both servers in turns, and what came of it."""
    first = cores()[:1]
    floor = (*FLOOR, "--silent") if plan.listening_only else FLOOR
    with pinned(SERVE, first) as ours, pinned(floor, first) as least:
        pairs = [(have(ours, plan), have(least, plan)) for _ in range(rounds)]
    here = [report for report, _ in pairs]
    for report in here:
        if not report.is_well:
            sys.stdout.write(f"  not well: {report.faults or report.errors or report.turns}\n")
    costs = [(one.server_ms or 0.0, other.server_ms or 0.0) for one, other in pairs]
    return (
        f"{plan.sessions:8} {median(one for one, _ in costs):8.2f} "
        f"{median(other for _, other in costs):6.2f} "
        f"{median(one / other for one, other in costs):6.2f} "
        f"{_figure([report.stopped for report in here])} "
        f"{_figure([report.first_audio for report in here])}\n"
    )


def _figure(figures: list[Figure | None]) -> str:
    known = [each for each in figures if each is not None]
    if not known:
        return " " * 17
    return f"{median(each.p50 for each in known):8.0f} {median(each.p99 for each in known):5.0f}   "


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 16, 64, 200])
    parser.add_argument("--chunks", type=int, nargs="+", default=[20, 100], help="in ms")
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    os.sched_setaffinity(0, cores()[-1:])
    sys.stdout.write(_HEAD)
    for listening_only in (True, False):
        for chunk_ms in given.chunks:
            kind = "listening" if listening_only else "talking"
            for sessions in given.sessions:
                plan = Plan(
                    sessions=sessions,
                    seconds=given.seconds,
                    chunk_ms=chunk_ms,
                    listening_only=listening_only,
                )
                sys.stdout.write(f"{kind:9} {chunk_ms:3} ms{row(plan, given.rounds)}")
                sys.stdout.flush()


if __name__ == "__main__":
    main()
