"""GET /metrics: what the server has counted, on its own port or on one beside it."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from repartee.server.edge import Edge
from repartee.telemetry import instruments as metric
from repartee.telemetry.metrics import Metrics
from repartee.telemetry.tally import Reading, Tally

log = logging.getLogger(__name__)

PATH = "/metrics"
SHARE_S = 1.0  # how old at most is what the workers know of each other

# The codes of refusals that are about whether there is room, or whether the key reaches so far.
_ADMISSION = {
    "insufficient_quota",
    "invalid_model",
    "keys_unavailable",
    "rate_limit_exceeded",
    "server_draining",
    "server_overloaded",
    "unsupported_session",
}


class Gathering(Protocol):
    """Where the tallies of a server's processes come together; it may wait for disks."""

    def leave(self, own: Tally) -> None:
        """Leave this process' tally for the others."""

    def gather(self, own: Tally) -> tuple[Tally, list[int]]:
        """This process' tally with those of the others, and which live."""


class Alone:
    """A process that shares with nobody."""

    def leave(self, own: Tally) -> None:
        """There are no others."""

    def gather(self, own: Tally) -> tuple[Tally, list[int]]:
        return own, [os.getpid()]


class Exposure:
    """Tells what `metrics` has, and what the other workers of this server have."""

    def __init__(self, metrics: Metrics, gathering: Gathering) -> None:
        self._metrics, self._gathering = metrics, gathering
        self._busy = asyncio.Lock()  # no older tally is left behind a younger one
        self.route = Route(PATH, self.answer)

    async def answer(self, request: Request) -> Response:
        accept = request.headers.get("accept", "")
        async with self._busy:
            # In a thread: the library is slow to import, and to write; there may be files to read.
            page = await asyncio.to_thread(self._page, self._metrics.snapshot(), accept)
        return Response(page.body, headers={"Content-Type": page.content_type})

    async def share(self) -> None:
        """Let the other workers know."""
        async with self._busy:
            await asyncio.to_thread(self._gathering.leave, self._metrics.snapshot())

    def _page(self, own: Tally, accept: str) -> Any:
        exposition = import_module("repartee.telemetry.exposition")
        return exposition.page(*self._gathering.gather(own), accept)


@asynccontextmanager
async def exposure(metrics: Metrics, folders: Sequence[Path] = ()) -> AsyncIterator[Exposure]:
    """What there is to tell, for as long as the server runs.

    In the first of `folders` workers of one server meet, if there are several.
    """
    if not folders:
        yield Exposure(metrics, Alone())
        return
    from repartee.telemetry.sharing import Shared

    shared, ending = Shared(folders[0] / "metrics"), asyncio.Event()
    told = Exposure(metrics, shared)
    await told.share()
    sharing = asyncio.create_task(_share(told, ending))
    try:
        yield told
    finally:
        ending.set()
        await sharing
        shared.close()


async def _share(told: Exposure, ending: asyncio.Event) -> None:
    """Let the others know, once a second and at the end."""
    ended = False
    while not ended:
        with suppress(TimeoutError):
            async with asyncio.timeout(SHARE_S):
                ended = await ending.wait()
        try:
            await told.share()
        except OSError as error:
            log.warning("the other workers cannot be told what this one counts: %s", error)


class Readings:
    """What the edge and its rooms count by themselves: a `Source`."""

    def __init__(self, edge: Edge) -> None:
        self._edge = edge

    def __call__(self) -> Iterable[Reading]:
        yield from self._refusals()
        recorder = self._edge.recorder
        yield Reading(metric.RECORDS_WRITTEN, recorder.records_written, ("usage",))
        yield Reading(metric.RECORDS_DROPPED, recorder.records_dropped, ("usage",))

    def _refusals(self) -> Iterator[Reading]:
        for code, number in self._edge.refused.items():
            if code in _ADMISSION:
                yield Reading(metric.ADMISSION_REJECTED, number, (code,))
        for flaw, number in self._edge.access.failures.items():
            yield Reading(metric.AUTH_FAILURES, number, (flaw,))
