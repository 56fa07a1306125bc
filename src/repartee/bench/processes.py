"""What processes cost, their children included, as Linux counts it (proc(5))."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from repartee.bench import BenchError

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGESIZE")
_PARENT, _CPU, _RSS = 1, slice(11, 15), 21  # fields of /proc/PID/stat after the name


class Reading(Struct, frozen=True):
    """CPU seconds, user and system, so far, and resident memory in MB (10^6 bytes)."""

    cpu_s: float
    rss_mb: float


def read(pids: Iterable[int], proc: Path = Path("/proc")) -> Reading:
    """All of them and their descendants together.  Raises BenchError where one is not there.

    What children that have ended used counts with the parent that waited for them.
    """
    every = dict(_every(proc))
    found: set[int] = set()
    for pid in pids:
        if pid not in every:
            raise BenchError(f"there is no process {pid}")
        found |= _family(pid, every)
    fields = [every[pid] for pid in found]
    ticks = sum(sum(map(int, each[_CPU])) for each in fields)
    pages = sum(int(each[_RSS]) for each in fields)
    return Reading(ticks / _TICKS, pages * _PAGE / 1e6)


def _family(pid: int, every: dict[int, list[str]]) -> set[int]:
    children = [each for each, fields in every.items() if fields[_PARENT] == str(pid)]
    return {pid}.union(*(_family(child, every) for child in children))


def _every(proc: Path) -> Iterator[tuple[int, list[str]]]:
    for path in proc.glob("[0-9]*"):
        try:
            stat = (path / "stat").read_text()
        except OSError:
            continue  # it has just ended
        yield int(path.name), stat.rpartition(")")[2].split()
