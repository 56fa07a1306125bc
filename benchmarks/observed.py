"""A server with fake engines that tells of itself: a line of figures for each line it is sent.

    python -m benchmarks.observed [KEY=VALUE ...]

It first says its base URL.  `Observed` is the other end.
"""

import asyncio
import gc
import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct

_FAKES = ("ears=fake", "mind=fake", "voice=fake", "server.port=0", "log.level=warning")
_STOP_S = 30


class Figures(Struct):
    """Of one process at one moment; memory in MB (10^6 bytes)."""

    rss_mb: float
    tasks: int
    threads: int
    fds: int


class Observed:
    """A running server, and what it tells of itself."""

    def __init__(self, process: subprocess.Popen[str], url: str) -> None:
        self.url = url
        self._process = process

    def figures(self) -> Figures:
        """Ask; garbage is collected before."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        return Figures(**json.loads(self._process.stdout.readline()))


@contextmanager
def observed(*settings: str) -> Iterator[Observed]:
    """Serve with `settings` ("server.drain_s=0"), and end it; what it keeps goes with it."""
    with (
        tempfile.TemporaryDirectory() as state,
        subprocess.Popen(
            [sys.executable, "-m", "benchmarks.observed", *settings],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"XDG_STATE_HOME": state},
        ) as process,
    ):
        assert process.stdout is not None
        try:
            url = process.stdout.readline().strip()
            if not url:
                raise SystemExit("the server does not start")
            yield Observed(process, url)
        finally:
            process.terminate()
            process.wait(_STOP_S)


def _rss_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 1e6


def _tell(loop: asyncio.AbstractEventLoop) -> None:
    """Answer each line of stdin, beside the event loop."""
    for _ in sys.stdin:
        gc.collect()
        told = {
            "rss_mb": _rss_mb(),
            "tasks": len(asyncio.all_tasks(loop)),
            "threads": threading.active_count(),
            "fds": len(os.listdir("/proc/self/fd")),
        }
        sys.stdout.write(json.dumps(told) + "\n")
        sys.stdout.flush()


def _ready(url: str) -> None:
    sys.stdout.write(url + "\n")
    sys.stdout.flush()
    loop = asyncio.get_running_loop()
    threading.Thread(target=_tell, args=(loop,), daemon=True).start()


def main() -> None:
    from repartee.runtime import logs
    from repartee.server import app
    from repartee.settings import load, parse_set

    settings = load(file=None, flags=[parse_set(each) for each in (*_FAKES, *sys.argv[1:])])
    logs.set_up(settings.log)
    sys.exit(app.run(settings, _ready))


if __name__ == "__main__":
    main()
