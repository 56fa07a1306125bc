"""Servers to compare, each on one core: this one as `--preset bench` has it, and the floor."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from msgspec import Struct

SERVE = ("repartee.cli", "serve", "--preset", "bench", "--port", "0")
FLOOR = ("benchmarks.floor", "--port", "0")
_END_S = 30


class Pinned(Struct, frozen=True):
    """A running server."""

    url: str
    pid: int


def cores() -> tuple[int, ...]:
    """The cores that this process may use: servers get the first, the load the last."""
    return tuple(sorted(os.sched_getaffinity(0)))


@contextmanager
def pinned(module: Sequence[str], on: Sequence[int]) -> Iterator[Pinned]:
    """Run `python -m` with these words on the cores `on`, and end it."""
    with tempfile.TemporaryDirectory() as state:
        process = subprocess.Popen(
            [sys.executable, "-m", *module],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=os.environ | {"XDG_STATE_HOME": state, "REPARTEE_SERVER__DRAIN_S": "0"},
        )
        os.sched_setaffinity(process.pid, on)
        assert process.stdout is not None
        try:
            found = re.search(r"https?://\S+", process.stdout.readline())
            if found is None:
                raise SystemExit(f"{module[0]} does not start")
            yield Pinned(found[0], process.pid)
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(_END_S)
