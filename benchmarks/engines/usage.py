"""What this process and all its descendants use of the machine; Linux alone tells it."""

import asyncio
import os
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_ms() -> float:
    """CPU time, user and system, that they have used up to now, in steps of 10 ms."""
    used = sum(sum(map(int, _stat(pid)[11:13])) for pid in _tree())
    return used / _TICKS * 1000


def rss_mb() -> float:
    """Resident memory (10^6 bytes); what processes share is counted for each."""
    return sum(int(_stat(pid)[21]) for pid in _tree()) * _PAGE / 1e6


async def cpu_ms_of(seconds: float) -> float:
    """CPU time in the next so many seconds."""
    before = cpu_ms()
    await asyncio.sleep(seconds)
    return cpu_ms() - before


def machine() -> str:
    """This machine in a line."""
    info = Path("/proc/cpuinfo").read_text().splitlines()
    names = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    memory = int(Path("/proc/meminfo").read_text().split()[1]) / 1e6
    return f"{os.cpu_count()} cores ({names[0] if names else 'unknown'}), {memory:.0f} GB of memory"


def _tree() -> list[int]:
    every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
    parents = {pid: int(stat[1]) for pid in every if (stat := _stat(pid))}
    tree = [os.getpid()]
    for pid in tree:  # which grows meanwhile
        tree += [child for child, parent in parents.items() if parent == pid]
    return [pid for pid in tree if _stat(pid)]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat behind the name, from the state on; see proc(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []
