"""Two workers in one process: what comes to the first may be the other's."""

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from repartee.server.request import Request
from repartee.server.workers.handover import LENGTH
from repartee.server.workers.side_door import SideDoor
from server.doorway import Doorway, doorway, pages_of


@asynccontextmanager
async def beside(door: Doorway) -> AsyncIterator[Path]:
    """The Unix socket of a door's side door."""
    with tempfile.TemporaryDirectory(prefix="repartee-tests-") as folder:  # a short path
        path = Path(folder) / "1.socket"
        pages = pages_of(door.edge)
        listener = await asyncio.get_running_loop().create_unix_server(
            lambda: SideDoor(door.edge, pages), str(path)
        )
        try:
            yield path
        finally:
            listener.close()


@asynccontextmanager
async def leading_to(owner: Path, **settings: object) -> AsyncIterator[Doorway]:
    """A door of a worker that holds everything for the other's."""
    async with doorway(**settings) as door:  # type: ignore[arg-type]
        door.edge.cluster.elsewhere = leads(owner)
        yield door


def opening(peer: object) -> bytes:
    """What one worker says to another of the client that it hands over."""
    told = json.dumps(peer).encode()
    return len(told).to_bytes(LENGTH) + told


def leads(owner: Path) -> Callable[[Request], Path | None]:
    return lambda _: owner
