"""A server to measure: started in a process of its own, and what it and its workers used."""

import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")


class Served:
    """A running server and its worker processes."""

    def __init__(self, process: subprocess.Popen[str], url: str, ready_s: float) -> None:
        self.url = url
        self.ready_s = ready_s  # from its start until it said where it is
        self._process = process

    def processes(self) -> list[int]:
        """The server's process id, then those of its children."""
        server = self._process.pid
        every = [int(path.name) for path in Path("/proc").iterdir() if path.name.isdigit()]
        return [server, *(pid for pid in every if _stat(pid)[1:2] == [str(server)])]

    def cpu_s(self) -> tuple[float, float]:
        """CPU seconds, user and system, of the server and of its children."""
        used = [sum(map(int, _stat(pid)[11:13])) / _TICKS for pid in self.processes()]
        return used[0], sum(used[1:])

    def rss_mb(self) -> list[float]:
        """Resident memory of each process, in MB (10^6 bytes)."""
        return [_rss(pid) / 1000 for pid in self.processes()]


def _stat(pid: int) -> list[str]:
    """Fields of /proc/PID/stat behind the name, from the state on; see proc(5)."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _rss(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s*(\d+)", status)
    return int(found[1]) if found else 0


@contextmanager
def served(*arguments: str) -> Iterator[Served]:
    """Serve on a free port with `arguments`, and end it."""
    begin = time.perf_counter()
    command = [sys.executable, "-m", "repartee.cli", "serve", "--port", "0", *arguments]
    state = tempfile.TemporaryDirectory()  # records of usage are none of the user's
    process = subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"XDG_STATE_HOME": state.name},
    )
    assert process.stdout is not None
    try:
        found = re.search(r"https?://\S+", process.stdout.readline())
        if found is None:
            raise SystemExit("the server does not start")
        yield Served(process, found[0], time.perf_counter() - begin)
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait()
        state.cleanup()
