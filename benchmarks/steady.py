"""Whether a server under the load it is made for stays as it was: memory, lags, errors.

    python -m benchmarks.steady [--minutes 10] [--sessions 40] [--stay 60]

All sessions talk a third of the time; each stays a minute and makes room for another, so that as
much is remembered of conversations at any time.  Memory is sampled every ten seconds; the first
fifth of the time is for warming up.  It fails (status 1) where memory grows by more than 5 MB
after that, or where anybody was lost or told of an error.  (`benchmarks.soak` is the one with
sessions that behave badly.)
"""

import argparse
import asyncio
import sys

from picows import WSInvalidStatusError

from benchmarks.served import Served, served
from benchmarks.soak import MOST_GROWTH_MB, WARM_UP, growth, slope
from benchmarks.talkers import Talkers

FAKES = ("--ears", "fake", "--mind", "fake", "--voice", "fake")
SAMPLE_S = 10.0

Samples = list[tuple[float, float]]
"""Seconds since the beginning, and MB."""


async def renew(crowd: Talkers, sessions: int, stay_s: float) -> None:
    """One goes and one comes; who is refused, as the server is behind, comes with the next."""
    while True:
        await asyncio.sleep(stay_s / sessions)
        await crowd.leave(1)
        try:
            await crowd.enter(sessions - crowd.inside)
        except WSInvalidStatusError:
            crowd.counts["refused"] += 1


async def watch(server: Served, crowd: Talkers, seconds: float) -> Samples:
    """Sample and say what is seen."""
    sys.stdout.write("       s   RSS MB   turns  stopped p50   p99 ms  generator p99 ms\n")
    samples: Samples = []
    begin = last = crowd.now()
    while (now := crowd.now()) < begin + seconds:
        await asyncio.sleep(min(SAMPLE_S, begin + seconds - now + 0.01))
        rss, at = server.rss_mb()[0], crowd.now() - begin
        turns, p50, p99 = crowd.stopped_ms(last)
        last = crowd.now()
        sys.stdout.write(
            f"{at:8.0f} {rss:8.1f} {turns:7} {p50:12.0f} {p99:8.0f} {crowd.late_ms():17.1f}\n"
        )
        sys.stdout.flush()
        if at >= seconds * WARM_UP:
            samples.append((at, rss))
    return samples


async def steady(server: Served, sessions: int, seconds: float, stay_s: float) -> bool:
    """Run, and report; whether all is well."""
    crowd = Talkers(server.url)
    await crowd.enter(sessions, 0.02)
    renewing = asyncio.create_task(renew(crowd, sessions, stay_s))
    samples = await watch(server, crowd, seconds)
    renewing.cancel()
    await asyncio.wait([renewing])
    if not renewing.cancelled():
        renewing.result()
    await crowd.leave()
    grown, faults = growth(samples), crowd.lost + sum(crowd.errors.values())
    counts = crowd.counts
    sys.stdout.write(
        f"RSS      {samples[0][1]:.1f} MB warm, {max(size for _, size in samples):.1f} at most, "
        f"{samples[-1][1]:.1f} at the end\n"
        f"growth   {grown:+.1f} MB after warming up, {slope(samples):+.1f} MB/h\n"
        f"sessions {crowd.entered}   responses {counts['response.done']}   "
        f"refused {counts['refused']}   lost {crowd.lost}   errors {dict(crowd.errors)}\n"
    )
    if grown > MOST_GROWTH_MB:
        sys.stdout.write(f"FAILED: memory has grown by more than {MOST_GROWTH_MB:g} MB\n")
    return grown <= MOST_GROWTH_MB and not faults


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--sessions", type=int, default=40)
    parser.add_argument("--stay", type=float, default=60, help="seconds of each session")
    given = parser.parse_args()
    with served(*FAKES, "--log-level", "error") as server:
        well = asyncio.run(steady(server, given.sessions, given.minutes * 60, given.stay))
    sys.exit(0 if well else 1)


if __name__ == "__main__":
    main()
