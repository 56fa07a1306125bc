"""The engines of a process: chosen by settings, each made once, shared by all its sessions."""

import asyncio
import logging
from contextlib import AsyncExitStack
from typing import Any

from msgspec import Struct

from repartee.engines import registry
from repartee.engines.protocols import LanguageModel, Recognizer, Synthesizer, TurnDetector
from repartee.engines.registry import UnusableEngine
from repartee.settings import Choice, Model, Settings
from repartee.speech.listener import SpeechDetector

log = logging.getLogger(__name__)


class Engines(Struct, frozen=True):
    """What the sessions of a model are served with; `detector` and `turn` are everybody's."""

    detector: SpeechDetector
    turn: TurnDetector
    ears: Recognizer
    mind: LanguageModel
    voice: Synthesizer

    @property
    def sees(self) -> bool:
        """Whether the language model can be shown images."""
        return bool(getattr(self.mind, "sees", False))

    @property
    def logprobs(self) -> bool:
        """Whether the recogniser tells how sure it is of each word."""
        return bool(getattr(self.ears, "logprobs", False))

    def guesses(self, speculate: bool | None) -> bool:
        """Whether transcripts are asked for before turns are over."""
        return bool(getattr(self.ears, "guesses", False)) and _ahead(speculate, self.ears)

    def foresees(self, speculate: bool | None) -> bool:
        """Whether answers are prepared before turns are over."""
        return self.guesses(speculate) and _ahead(speculate, self.mind, self.voice)


def _ahead(speculate: bool | None, *engines: object) -> bool:
    """Whether work may be done in vain; where nobody says so, if it costs no money."""
    if speculate is not None:
        return speculate
    return not any(getattr(engine, "billed", False) for engine in engines)


class EnginesByModel:
    """All engines of the process; those of equal choice and options are one.

    Making them checks the settings (raises registry.UnusableEngine); `open` loads what has to be
    loaded (raises EngineError); `close` ends it.
    """

    def __init__(self, settings: Settings) -> None:
        vad, echo = settings.vad, settings.echo
        self._detector = SpeechDetector(
            registry.make("vad", vad.engine, vad.options),
            registry.make("echo", echo.engine, echo.options),
        )
        self._made: list[tuple[registry.Role, Choice, Any]] = []
        self._opened = AsyncExitStack()
        self._turn: TurnDetector = self._engine("turn", settings.turn)
        self._by_pattern: dict[str | None, Engines] = {None: self._engines(settings.model(None))}
        for pattern, model in settings.models.mapped.items():
            try:
                self._by_pattern[pattern] = self._engines(model)
            except UnusableEngine as error:
                raise UnusableEngine(f'models."{pattern}": {error}') from error

    def of(self, pattern: str | None) -> Engines:
        """Those of the model names that `pattern` holds for; None: of all that are not mapped."""
        return self._by_pattern[pattern]

    async def open(self) -> None:
        """Load what has to be loaded, all at the same time; on failure nothing stays open."""
        async with AsyncExitStack() as opened:
            try:
                async with asyncio.TaskGroup() as group:
                    for _, _, engine in self._made:
                        _open(engine, opened, group)
            except ExceptionGroup as failures:
                raise failures.exceptions[0] from None
            self._opened = opened.pop_all()
        for notice in dict.fromkeys(getattr(engine, "notice", "") for _, _, engine in self._made):
            if notice:
                log.warning("%s", notice)

    async def close(self) -> None:
        await self._opened.aclose()

    def _engines(self, model: Model) -> Engines:
        return Engines(
            self._detector,
            self._turn,
            ears=self._engine("ears", model.ears),
            mind=self._engine("mind", model.mind),
            voice=self._engine("voice", model.voice),
        )

    def _engine(self, role: registry.Role, choice: Choice) -> Any:
        for made in self._made:
            if made[:2] == (role, choice):
                return made[2]
        engine: Any = registry.make(role, choice.engine, choice.options)
        self._made.append((role, choice, engine))
        return engine


def _open(engine: Any, opened: AsyncExitStack, group: asyncio.TaskGroup) -> None:
    """`open` and `close` are optional: small engines need neither."""
    if hasattr(engine, "close"):
        opened.push_async_callback(engine.close)
    if hasattr(engine, "open"):
        group.create_task(engine.open())
