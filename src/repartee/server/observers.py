"""Who watches the sessions of this server, as its settings have it."""

import logging
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from repartee.runtime.watching import Observer
from repartee.settings import Settings, SettingsError, Tracing
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
        if settings.tracing.export == "on":
            watching.append(await stack.enter_async_context(_tracing(settings.tracing)))
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


@asynccontextmanager
async def _tracing(settings: Tracing) -> AsyncIterator[Observer]:
    try:
        # Loaded where it is wanted, by those who have installed it.
        from repartee.telemetry.exporting import Exporting
        from repartee.telemetry.tracing import TracingObserver
    except ImportError as error:
        message = "tracing.export is on: it needs pip install 'repartee[tracing]'"
        raise SettingsError(message) from error
    exporting = Exporting(settings)
    try:
        yield TracingObserver(settings, exporting, os.environ)
    finally:
        await exporting.close()
