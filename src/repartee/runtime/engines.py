"""The engines of a process: chosen by settings, made once, shared by all its sessions."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

from repartee.engines import registry
from repartee.engines.protocols import LanguageModel, Recognizer, Synthesizer
from repartee.settings import Settings
from repartee.speech.listener import SpeechDetector

log = logging.getLogger(__name__)


class Engines:
    """Ears, mind and voice, and the one detector of speech.

    Making them checks the settings (raises registry.UnusableEngine); `open` loads what has to be
    loaded (raises EngineError); `close` ends it.
    """

    def __init__(self, settings: Settings) -> None:
        vad, ears, mind, voice = settings.vad, settings.ears, settings.mind, settings.voice
        self.detector = SpeechDetector(registry.make("vad", vad.engine, vad.options))
        self.ears: Recognizer = registry.make("ears", ears.engine, ears.options)
        self.mind: LanguageModel = registry.make("mind", mind.engine, mind.options)
        self.voice: Synthesizer = registry.make("voice", voice.engine, voice.options)
        self._opened = AsyncExitStack()

    @property
    def sees(self) -> bool:
        """Whether the language model can be shown images."""
        return bool(getattr(self.mind, "sees", False))

    async def open(self) -> None:
        """Load what has to be loaded, all at the same time; on failure nothing stays open."""
        async with AsyncExitStack() as opened:
            try:
                async with asyncio.TaskGroup() as group:
                    for engine in (self.ears, self.mind, self.voice):
                        _open(engine, opened, group)
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            self._opened = opened.pop_all()

    async def close(self) -> None:
        await self._opened.aclose()


def _open(engine: Any, opened: AsyncExitStack, group: asyncio.TaskGroup) -> None:
    """`open` and `close` are optional: small engines need neither."""
    if hasattr(engine, "close"):
        opened.push_async_callback(engine.close)
    if hasattr(engine, "open"):
        group.create_task(engine.open())
    if notice := getattr(engine, "notice", ""):
        log.warning("%s", notice)
