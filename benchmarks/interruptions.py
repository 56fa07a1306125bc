"""How soon an answer stops that somebody speaks into.

    python -m benchmarks.interruptions [--sessions 1 16 64 200] [--chunk-ms 20]

The voice gives its sound no sooner than it is played, as one does that has no more to give; every
second answer is spoken into.  "barge-in": from the first sample of the new speech to the last sound
of the answer.  Sound that comes after speech_started is told as leaked.
"""

import argparse
import asyncio
import os
import sys

from benchmarks.pinned import SERVE, cores, pinned
from repartee.bench.load import measure
from repartee.bench.plan import Plan
from repartee.transports.client import Place

_SLOWLY = (*SERVE, "--set", "voice.realtime=true", "--set", "voice.piece_ms=20")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, nargs="+", default=[1, 16, 64, 200])
    parser.add_argument("--chunk-ms", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=20)
    given = parser.parse_args()
    os.sched_setaffinity(0, cores()[-1:])
    sys.stdout.write("sessions   interruptions   barge-in p50 ms   p99   leaked ms\n")
    for sessions in given.sessions:
        plan = Plan(sessions=sessions, seconds=given.seconds, chunk_ms=given.chunk_ms, barge_in=2)
        with pinned(_SLOWLY, cores()[:1]) as server:
            report = asyncio.run(measure(plan, Place(server.url)))
        cut = report.barge_in
        figures = "none" if cut is None else f"{cut.p50:17.0f} {cut.p99:5.0f}"
        sys.stdout.write(
            f"{sessions:8} {report.turns.interruptions:15} {figures} "
            f"{report.turns.leaked_ms:11.0f}{'' if report.is_well else '   not well'}\n"
        )
        sys.stdout.flush()


if __name__ == "__main__":
    main()
