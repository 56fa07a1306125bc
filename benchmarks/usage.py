"""What it costs to record usage: records a second, and how long the end of a response waits.

    python -m benchmarks.usage [--rates 10 100 1000] [--seconds 3]

"waits" is the time from the record to the first event of the tail behind it, through the outlet of
a session: what is added to response.done.  `full speed` are sessions that record without a pause.
"late" are those that waited for 50 ms and were told before their record was kept.
"""

import argparse
import asyncio
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from repartee.runtime.outlet import Outlet
from repartee.server.app import loop_factory
from repartee.usage.record import UsageRecord
from repartee.usage.recorder import Recorder

BUSY_SESSIONS = 100


class Tail:
    """A session that ends responses, and the wire behind its outlet."""

    def __init__(self, recorder: Recorder, session_id: str) -> None:
        self.waits: list[float] = []
        self._recorder, self._session_id = recorder, session_id
        self._outlet = Outlet(self, recorder.count_late)
        self._told = asyncio.Event()

    async def end(self, number: int) -> None:
        """End one response; returns when the client is told."""
        begin = time.perf_counter()
        record = UsageRecord(
            time=time.time(),
            key_id="key_0123456789abcdef",
            session_id=self._session_id,
            id=f"resp_{number:021}",
            kind="response",
            model="gpt-realtime",
            dialect="ga",
            status="completed",
            input_text_tokens=number,
            input_audio_tokens=12,
            output_text_tokens=34,
            output_audio_tokens=56,
            counted_by="characters",
            duration_s=1.5,
        )
        kept = self._recorder.keep(record)
        if kept is not None:
            self._outlet.hold(kept)
        self._told.clear()
        self._outlet.send(b"{}")
        self._outlet.step_is_over()
        await self._told.wait()
        self.waits.append(time.perf_counter() - begin)

    def send(self, frame: bytes) -> None:
        self._told.set()

    def close(self, code: int, reason: str) -> None:
        raise AssertionError


async def paced(recorder: Recorder, rate: int, seconds: float) -> list[float]:
    """How long each of `rate` responses a second waits, in s; each is of a session of its own."""
    loop = asyncio.get_running_loop()
    begin, ends, tails = loop.time(), [], []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(begin + number / rate - loop.time(), 0))
        tails.append(Tail(recorder, f"sess_{number:021}"))
        ends.append(asyncio.create_task(tails[-1].end(number)))
    await asyncio.gather(*ends)
    return [wait for tail in tails for wait in tail.waits]


async def full_speed(recorder: Recorder, seconds: float) -> list[float]:
    """How long each waits where every session ends one response after the other."""
    until = time.perf_counter() + seconds
    tails = [Tail(recorder, f"sess_{number:021}") for number in range(BUSY_SESSIONS)]

    async def run(tail: Tail) -> None:
        number = 0
        while time.perf_counter() < until:
            await tail.end(number)
            number += 1

    await asyncio.gather(*map(run, tails))
    return [wait for tail in tails for wait in tail.waits]


async def measure(rate: int | None, seconds: float, outlives_power: bool) -> str:
    """A row of the table."""
    with tempfile.TemporaryDirectory() as folder:
        recorder = Recorder(Path(folder) / "repartee.db", outlives_power=outlives_power)
        recorder.open()
        begin = time.perf_counter()
        waits = await (
            full_speed(recorder, seconds) if rate is None else paced(recorder, rate, seconds)
        )
        spent = time.perf_counter() - begin
        recorder.close()
    middle, most, worst = (1000 * float(np.percentile(waits, each)) for each in (50, 99, 100))
    return (
        f"{'power' if outlives_power else 'process':<10} "
        f"{'full speed' if rate is None else f'{rate}/s':>10} {len(waits) / spent:10.0f} "
        f"{middle:9.2f} {most:8.2f} {worst:8.2f} {recorder.records_late:6}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rates", type=int, nargs="+", default=[10, 100, 1000])
    parser.add_argument("--seconds", type=float, default=3)
    given = parser.parse_args()
    sys.stdout.write(
        "durability       rate  records/s   waits p50   p99      max   late\n"
        "                                      ms       ms       ms\n"
    )
    for outlives_power in (False, True):
        for rate in (*given.rates, None):
            with asyncio.Runner(loop_factory=loop_factory()) as runner:
                row = runner.run(measure(rate, given.seconds, outlives_power))
            sys.stdout.write(row + "\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
