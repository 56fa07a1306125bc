"""The workers of a server: who they are, and whom each of them serves."""

import asyncio
import os
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

from live.caller import PATIENCE_S
from live.server import Server
from repartee.server.workers.seat import Seat


def workers(server: Server) -> set[int]:
    """The processes that its supervisor has started and that have not ended."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text()
    return {int(pid) for pid in children.split()}


def run_folder(server: Server) -> Path:
    """The private folder that they share."""
    return Path(_seat(next(iter(workers(server)))).folder)


def owner(server: Server, name: str) -> int:
    """The worker that has a call, or a session, of this name; whoever may be asked for it."""
    whole = 0
    for digit in name.partition("_")[2]:
        whole = 62 * whole + (string.digits + string.ascii_letters).index(digit)
    number = int.from_bytes(whole.to_bytes(28)[:4])
    (pid,) = (pid for pid in workers(server) if _seat(pid).number == number)
    return pid


def _seat(pid: int) -> Seat:
    arguments = Path(f"/proc/{pid}/cmdline").read_text().split("\0")
    return Seat.read(arguments[arguments.index("--seat") + 1])


def serves(pid: int, sockname: tuple[Any, ...]) -> bool:
    """Whether a process holds the server's end of a client's connection over IPv4."""
    client = f"{sockname[1]:04X}"
    ends = (line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:])
    wanted = {f"socket:[{end[9]}]" for end in ends if end[2].endswith(f":{client}")}
    return any(_leads_to(each) in wanted for each in Path(f"/proc/{pid}/fd").iterdir())


def _leads_to(descriptor: Path) -> str:
    try:
        return os.readlink(descriptor)
    except FileNotFoundError:  # closed meanwhile
        return ""


def server_of(server: Server, sockname: tuple[Any, ...]) -> int:
    """The worker that serves a client."""
    (pid,) = (pid for pid in workers(server) if serves(pid, sockname))
    return pid


async def becomes(true: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE_S):
        for _ in iter(lambda: bool(true()), True):
            await asyncio.sleep(0.02)
