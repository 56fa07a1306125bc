"""A server in a process of its own whose every output is kept, and which may end as it likes."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from live.server import Server

_COMMAND = (sys.executable, "-W", "always", "-m", "repartee.cli", "serve", "--port", "0")
_HOMES = ("HOME", "XDG_STATE_HOME", "TMPDIR")


def _start(
    folder: Path, arguments: tuple[str, ...], settings: dict[str, str]
) -> subprocess.Popen[bytes]:
    clean = {name: value for name, value in os.environ.items() if "REPARTEE_" not in name}
    homes = {name: str(folder) for name in _HOMES}
    with (folder / "stderr").open("w") as stderr:
        return subprocess.Popen(
            [*_COMMAND, *arguments],
            stdout=subprocess.PIPE,
            stderr=stderr,
            cwd=folder,
            env=clean | homes | settings,
        )


@asynccontextmanager
async def running(folder: Path, *arguments: str, **environment: str) -> AsyncIterator[Server]:
    """Serve from an empty `folder`, below which all that the server writes can be found then.

    At the end it is sent SIGTERM, if it was not before, and must leave with status 0.
    """
    process = _start(folder, arguments, environment)
    assert process.stdout is not None
    try:
        first = await asyncio.to_thread(process.stdout.readline)
        yield Server(first.decode().split()[-1], folder / "stderr", process.pid)
        process.send_signal(signal.SIGTERM)
        rest = await asyncio.to_thread(process.stdout.read)
        await asyncio.to_thread((folder / "stdout").write_bytes, first + rest)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.stdout.close()
        process.wait()
