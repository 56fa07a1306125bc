"""Who watches the sessions of this server, as its settings have it."""

import logging
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from repartee.runtime.watching import Observer
from repartee.settings import Settings
from repartee.telemetry import lifecycle
from repartee.telemetry.facts import Listener
from repartee.telemetry.journal import Counts
from repartee.telemetry.journals import Journals

if TYPE_CHECKING:
    from repartee.telemetry.metrics import Metrics


@asynccontextmanager
async def observers(
    settings: Settings, metrics: "Metrics | None" = None
) -> AsyncIterator[list[Observer]]:
    """Those that are wanted, for as long as the server runs.  Raises SettingsError."""
    async with AsyncExitStack() as stack:
        watching = _journals(settings, metrics)
        if settings.recording.folder is not None:
            from repartee.recording.recorder import Recorder

            watching.append(stack.enter_context(Recorder(settings.recording)))
        yield watching


def _journals(settings: Settings, metrics: "Metrics | None") -> list[Observer]:
    """Journals of sessions, where anybody reads them."""
    listeners: list[Listener] = []
    if lifecycle.log.isEnabledFor(logging.WARNING):
        listeners.append(lifecycle.Lifecycle())
    if metrics is not None:
        listeners.append(metrics)
    counts = metrics.counts if metrics is not None else Counts()
    return [Journals(settings.models, listeners, counts)] if listeners else []
