"""One engine, in a process of its own: `python -m benchmarks.engines.one SUBJECT` (JSON)."""

import asyncio
import sys
import time
from contextlib import aclosing, suppress
from typing import Any

import msgspec

from benchmarks.engines import frames
from benchmarks.engines.row import Row, percentiles
from benchmarks.engines.subject import Subject
from benchmarks.engines.usage import cpu_ms, cpu_ms_of, rss_mb
from benchmarks.engines.work import CHUNK_S, Ears, Mind, Timing, Turn, Voice, Work
from repartee.engines import registry
from repartee.engines.protocols import EngineError

ROUNDS = 4
QUICK_ROUNDS = 20  # where one is over in less than a second
CANCELS = 3
WATCHED_S = 0.3
MOST = 256
LEAP = 4
BUDGET_S = 6.0  # in which a crowd may be tried
UNITS = {"mind": "reply", "turn": "judgement"}


def main() -> None:
    subject = msgspec.json.decode(sys.argv[1], type=Subject)
    if subject.label in frames.KINDS:
        row = frames.measured(subject.label, lambda: _made(subject))
    else:
        row = asyncio.run(_measured(subject))
    sys.stdout.write(msgspec.json.encode(row).decode())


def _made(subject: Subject) -> Any:
    if not subject.name:  # no engine of the registry
        return None
    return registry.make(registry.as_role(subject.role), subject.name, subject.options)


def _work(subject: Subject, engine: Any) -> Work:
    match subject.role:
        case "ears":
            return Ears(engine, subject.sound)
        case "voice":
            return Voice(engine)
        case "mind":
            return Mind(engine)
    return Turn(engine)


async def _measured(subject: Subject) -> Row:
    begun, free = time.perf_counter(), rss_mb()
    engine = _made(subject)
    if hasattr(engine, "open"):
        await engine.open()
    loaded = time.perf_counter() - begun
    work = _work(subject, engine)
    used = cpu_ms()
    quick = subject.role != "ears"
    told = [await work.once() for _ in range(QUICK_ROUNDS if quick else ROUNDS)]
    cpu = (cpu_ms() - used) / sum(each.units for each in told)
    median, worst = percentiles([each.first_s for each in told])
    unit = UNITS.get(subject.role, "s")
    row = Row(subject.label, loaded, rss_mb() - free, cpu, unit, median * 1000, worst * 1000)
    row.at_once = int(not _late(told))
    await _cancels(work, row)
    await _crowds(work, row)
    if hasattr(engine, "close"):
        await engine.close()
    return row


async def _cancels(work: Work, row: Row) -> None:
    """How long until nothing more is done for work that was left, and what is used after that."""
    taken, before, after = [], [], []
    for _ in range(CANCELS):
        async with aclosing(work.endless()) as results:
            reading = asyncio.create_task(_read(results))
            await asyncio.sleep(WATCHED_S / 3)  # until it is at work
            before.append(await cpu_ms_of(WATCHED_S))
            begun = time.perf_counter()
            reading.cancel()
            with suppress(asyncio.CancelledError):
                await reading
        await work.nothing()
        taken.append(time.perf_counter() - begun)
        after.append(await cpu_ms_of(WATCHED_S))
    median, worst = percentiles(taken)
    row.cancel_ms, row.cancel_p95_ms = median * 1000, worst * 1000
    row.before_ms, row.after_ms = percentiles(before)[0], percentiles(after)[0]


async def _read(results: Any) -> None:
    async for _ in results:
        await asyncio.sleep(0)


async def _crowds(work: Work, row: Row) -> None:
    """The largest crowd that is not late: by leaps, and half the last where that was too far."""
    end, crowd = time.perf_counter() + BUDGET_S, LEAP
    while crowd <= MOST and time.perf_counter() < end:
        if not await _keeps_up(work, crowd):
            row.bounded = True
            if crowd // 2 > row.at_once and await _keeps_up(work, crowd // 2):
                row.at_once = crowd // 2
            return
        row.at_once, crowd = crowd, LEAP * crowd


async def _keeps_up(work: Work, crowd: int) -> bool:
    """Whether 95 in a hundred of so many at once are not late, if need be at the second try: at the
    first, further processes may have had to be started."""
    return await _in_time(work, crowd) or await _in_time(work, crowd)


async def _in_time(work: Work, crowd: int) -> bool:
    delays = (each / crowd * CHUNK_S for each in range(crowd))
    try:
        told = await asyncio.gather(*map(work.once, delays))
    except EngineError as error:
        if error.code != "overloaded":
            raise
        return False
    return not _late(told)


def _late(told: list[Timing]) -> bool:
    return percentiles([each.late_s / each.limit_s for each in told])[1] >= 1


if __name__ == "__main__":
    main()
