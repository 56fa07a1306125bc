"""Who watches the sessions of this server, as its settings have it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from repartee.runtime.watching import Observer
from repartee.settings import Settings


@asynccontextmanager
async def observers(settings: Settings) -> AsyncIterator[list[Observer]]:
    """Those that are wanted, for as long as the server runs.  Raises SettingsError."""
    async with AsyncExitStack() as stack:
        watching: list[Observer] = []
        if settings.recording.folder is not None:
            from repartee.recording.recorder import Recorder

            watching.append(stack.enter_context(Recorder(settings.recording)))
        yield watching
