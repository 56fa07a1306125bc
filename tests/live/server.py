"""A server in a process of its own, as an operator runs it: started, and ended by SIGTERM."""

import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

# Warnings are shown, so that a socket or a task left behind is told on stderr.
_PROGRAM = (sys.executable, "-W", "always", "-m", "repartee.cli")
_START_S = 60
_STOP_S = 20
_LOG_LINE = re.compile(r"\d\d:\d\d:\d\d (debug|info|warning) ")


@dataclass(frozen=True)
class Server:
    """A running server: its base URL, the file that takes what it says on stderr, its process."""

    url: str
    log: Path
    pid: int

    @property
    def certificate(self) -> Path:
        """The certificate that clients are told to trust."""
        told = re.search(r"NODE_EXTRA_CA_CERTS=(\S+)", self.log.read_text())
        assert told, "no certificate is told"
        return Path(told[1])


@contextmanager
def serving(
    folder: Path, *arguments: str, command: str = "serve", trouble: str = ""
) -> Iterator[Server]:
    """Run a command that serves from an empty `folder`, with no settings but `arguments`.

    At the end the server must have nothing left: no session, no complaint, exit status 0.  Where
    the test makes `trouble`, it may have ended before, and may complain of that.
    """
    log = folder / "stderr.log"
    environment = {name: value for name, value in os.environ.items() if "REPARTEE_" not in name}
    environment["XDG_STATE_HOME"] = str(folder)
    whole = [*_PROGRAM, command, "--port", "0", *arguments]
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            whole, stdout=subprocess.PIPE, stderr=stderr, text=True, cwd=folder, env=environment
        ) as process,
    ):
        try:
            yield Server(_base_url(process, log), log, process.pid)
            process.send_signal(signal.SIGTERM)
            status = process.wait(_STOP_S)
            assert status == 0 or trouble, log.read_text()
        finally:
            process.kill()
    _assert_peaceful(log.read_text(), trouble)


def _base_url(process: subprocess.Popen[str], log: Path) -> str:
    """Wait until the server says where it is."""
    assert process.stdout is not None
    deadline = threading.Timer(_START_S, process.kill)
    deadline.start()
    try:
        for line in process.stdout:
            if found := re.search(r"https?://\S+", line):
                return found[0]
    finally:
        deadline.cancel()
    raise AssertionError(f"the server does not start: {log.read_text()}")


def _assert_peaceful(told: str, trouble: str) -> None:
    """Nothing but log lines up to warnings, and no session that had to be waited for."""
    lines = told.splitlines()
    ugly = [line for line in lines if not (_LOG_LINE.match(line) or (trouble and trouble in line))]
    assert not ugly, told
    assert trouble or "draining sessions=0" in told, told
