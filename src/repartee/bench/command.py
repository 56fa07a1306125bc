"""`repartee bench`: one load, or the search for the largest that a server carries."""

import argparse
import asyncio
import os
import resource
import signal
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import msgspec
import uvloop

from repartee.bench import BenchError
from repartee.bench.capacity import Capacity, Step, find_capacity
from repartee.bench.load import measure
from repartee.bench.page import page
from repartee.bench.plan import Plan
from repartee.bench.report import Report
from repartee.bench.table import table
from repartee.transports.client import Place

_OTHER_FILES = 100


def run(given: argparse.Namespace) -> int:
    """Have it; 0 where all went well.  Raises BenchError and Unreachable."""
    for path in (given.json, given.html):
        if path is not None and not path.absolute().parent.is_dir():
            raise BenchError(f"cannot write {path}: there is no such folder")
    return uvloop.run(_run(given))


def plan_of(given: argparse.Namespace) -> Plan:
    """The load that the arguments ask for.  Raises BenchError."""
    said = {name: getattr(given, name, None) for name in Plan.__struct_fields__}
    said |= {"patience_s": given.patience, "wavs": given.wav, "pids": given.pid}
    try:
        return msgspec.convert(said, Plan)
    except msgspec.ValidationError as error:
        raise BenchError(str(error)) from None


async def _run(given: argparse.Namespace) -> int:
    place = Place(
        given.url, given.model, os.environ.get(given.api_key_env), given.ca, given.insecure
    )
    _allow_files(given.most if given.find_capacity else given.sessions)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGINT, partial(_stop, loop, stop))
    have = partial(measure, place=place, stop=stop)
    if given.find_capacity:
        return await _search(given, have)
    report = await measure(plan_of(given), place, stop=stop)
    _say(table(report))
    _write(given, report, report)
    return 0 if report.is_well else 1


async def _search(given: argparse.Namespace, have: Callable[[Plan], Awaitable[Report]]) -> int:
    _say(" sessions     turns   stopped p99   server's CPU")
    found = await find_capacity(
        plan_of(given), have, most=given.most, limit_ms=given.limit_ms, show=_show
    )
    most = " (and was not asked for more)" if found.sessions == given.most else ""
    _say(f"{given.url} carries {found.sessions} sessions{most}")
    if found.report is not None:
        _say(f"\n{table(found.report)}")
    _write(given, found, found.report, found)
    return 0 if found.sessions else 1


def _allow_files(sessions: int) -> None:
    """Each session is an open file, and many systems allow a thousand where more may be asked."""
    allowed, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = sessions + _OTHER_FILES
    if most != resource.RLIM_INFINITY:
        wanted = min(wanted, most)
    if allowed != resource.RLIM_INFINITY and allowed < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, most))


def _stop(loop: asyncio.AbstractEventLoop, stop: asyncio.Event) -> None:
    """End with what there is; who asks a second time does not want to wait for that."""
    stop.set()
    loop.remove_signal_handler(signal.SIGINT)


def _show(step: Step) -> None:
    lag = "-" if step.stopped_p99 is None else f"{step.stopped_p99:.1f} ms"
    cost = "-" if step.server_ms is None else f"{step.server_ms:.2f} ms/ss"
    verdict = f"too many: {step.failed}" if step.failed else "held"
    _say(f"{step.sessions:9}{step.turns:10}{lag:>14}{cost:>15}   {verdict}")


def _write(
    given: argparse.Namespace,
    told: Report | Capacity,
    report: Report | None,
    found: Capacity | None = None,
) -> None:
    if given.json is not None:
        encoded = msgspec.json.encode(told, enc_hook=str)
        _keep(given.json, msgspec.json.format(encoded) + b"\n")
    if given.html is not None and report is not None:
        _keep(given.html, page(report, found).encode())


def _keep(path: Path, content: bytes) -> None:
    try:
        path.write_bytes(content)
    except OSError as error:
        raise BenchError(f"cannot write {path}: {error.strerror}") from None


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()  # steps are told as they end, also through a pipe
