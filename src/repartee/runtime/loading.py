"""An engine that is loaded while it is used, and for some time after."""

import asyncio
import logging
from typing import Any

log = logging.getLogger(__name__)


class Loading:
    """Counts who uses an engine; `open` and `close` of it are optional.

    Nobody uses it before it is loaded.  Where `keep_s` is None it stays loaded until `close`.
    """

    def __init__(self, engine: Any, keep_s: float | None = None) -> None:
        self._engine = engine
        self._keep_s = keep_s
        self._users = 0
        self._loaded = False
        self._busy = asyncio.Lock()  # loading, or unloading
        self._timer: asyncio.TimerHandle | None = None  # runs while nobody uses it
        self._unloading: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Use it, once it is loaded.  Raises EngineError where it cannot be."""
        self._users += 1
        self._stop_timer()
        try:
            async with self._busy:
                if not self._loaded:
                    await self._load()
        except BaseException:
            self.end()
            raise

    def end(self) -> None:
        """Use it no more."""
        self._users -= 1
        if self._users == 0 and self._keep_s is not None:
            self._timer = asyncio.get_running_loop().call_later(self._keep_s, self._expire)

    async def close(self) -> None:
        """Unload it, whoever uses it."""
        self._stop_timer()
        async with self._busy:
            await self._unload()

    async def _load(self) -> None:
        self._loaded = True  # what fails half-way is closed as well
        try:
            if hasattr(self._engine, "open"):
                await self._engine.open()
        except BaseException:
            await self._unload()
            raise

    async def _unload(self) -> None:
        if self._loaded:
            self._loaded = False
            if hasattr(self._engine, "close"):
                await self._engine.close()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _expire(self) -> None:
        self._timer = None
        self._unloading = asyncio.create_task(self._unload_unused())

    async def _unload_unused(self) -> None:
        async with self._busy:
            if self._users:
                return
            try:
                await self._unload()
            except Exception:
                log.exception("an engine failed to unload")
