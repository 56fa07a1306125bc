"""`repartee engine`: serve one voice, one recogniser, or both, until a signal ends it."""

import asyncio
import logging
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack

from repartee import __version__
from repartee.engines import registry
from repartee.engines.protocols import Recognizer, Synthesizer
from repartee.hosting.routes import Host, application, work
from repartee.runtime.loading import Loading
from repartee.server.access import access
from repartee.server.app import Ready, let_in, loop_factory, open_door
from repartee.server.edge import Edge
from repartee.settings import Settings
from repartee.usage.recorder import Recorder

log = logging.getLogger(__name__)


def run(settings: Settings, roles: Sequence[str]) -> int:
    """Serve the engines of `roles`; the exit status.

    Raises SettingsError where the settings cannot be obeyed, StoreError where the API keys cannot
    be read, EngineError or UnusableEngine where an engine cannot be used.
    """
    host = made(settings, roles)

    def ready(url: str) -> None:
        engines = ", ".join(f"{role}={getattr(settings, role).engine}" for role in roles)
        sys.stdout.write(f"repartee {__version__} serves {engines} at {url}\n")
        sys.stdout.flush()

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(settings, host, ready))
    return 0


def made(settings: Settings, roles: Sequence[str]) -> Host:
    """The engines, not opened yet.  Raises UnusableEngine."""
    voice: Synthesizer | None = None
    ears: Recognizer | None = None
    if "voice" in roles:
        voice = registry.make("voice", settings.voice.engine, settings.voice.options)
    if "ears" in roles:
        ears = registry.make("ears", settings.ears.engine, settings.ears.options)
    return Host(settings, voice, ears)


async def serve(settings: Settings, host: Host, ready: Ready) -> None:
    """The same on a loop that runs already."""
    guard = access(settings)
    async with AsyncExitStack() as ends:
        # Before engines are loaded, for a port in use to be told at once.
        door = await open_door(settings.server, guard)
        for each in door:
            ends.callback(each.close)
        for engine in filter(None, (host.voice, host.ears)):
            await _load(engine, ends)
        edge = Edge(settings, guard, Recorder(None), work=work(host))
        await let_in(door, edge, application(edge, host), ready)


async def _load(engine: object, ends: AsyncExitStack) -> None:
    loading = Loading(engine)
    ends.push_async_callback(loading.close)
    await loading.begin()
    if notice := getattr(engine, "notice", ""):
        log.warning("%s", notice)
