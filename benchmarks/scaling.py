"""Two workers against one: what a second of a session costs, on the same cores.

    python -m benchmarks.scaling [--sessions 200] [--chunk-ms 20] [--rounds 3]

Both serve in turns, on all cores, which they share with the load.  The supervisor and every worker
count; so does that each of two judges half as many frames at a time.
"""

import argparse
import sys
from statistics import median

from benchmarks.density import have
from benchmarks.pinned import SERVE, cores, pinned
from repartee.bench.plan import Plan


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--sessions", type=int, default=200)
    parser.add_argument("--chunk-ms", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    plan = Plan(sessions=given.sessions, seconds=given.seconds, chunk_ms=given.chunk_ms)
    with (
        pinned(SERVE, cores()) as one,
        pinned((*SERVE, "--workers", "2"), cores()) as two,
    ):
        pairs = [(have(one, plan), have(two, plan)) for _ in range(given.rounds)]
    ratios = [(both.server_ms or 0) / (alone.server_ms or 1) for alone, both in pairs]
    sys.stdout.write("workers   ms/ss   answered   speech_stopped p99 ms\n")
    for workers, reports in ((1, [pair[0] for pair in pairs]), (2, [pair[1] for pair in pairs])):
        cost = median(report.server_ms or 0 for report in reports)
        answered = sum(report.turns.answered for report in reports)
        sent = sum(report.turns.sent for report in reports)
        p99 = median(report.stopped.p99 for report in reports if report.stopped)
        sys.stdout.write(f"{workers:7} {cost:7.2f}   {answered}/{sent} {p99:12.0f}\n")
    sys.stdout.write(f"two against one: {median(ratios):.2f} times as much\n")


if __name__ == "__main__":
    main()
