"""Who watches the sessions of this server, as its settings have it."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from repartee.runtime.watching import Observer
from repartee.settings import Settings


@asynccontextmanager
async def observers(settings: Settings) -> AsyncIterator[list[Observer]]:
    """Those that are wanted, for as long as the server runs.  Raises SettingsError."""
    async with AsyncExitStack():
        yield []
