"""The engines of a process: chosen by settings, each made once, shared by all its sessions."""

import asyncio
import logging
from collections.abc import AsyncIterator, Coroutine, Iterable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any, NamedTuple

from msgspec import Struct

from repartee.engines import registry
from repartee.engines.protocols import (
    EngineError,
    LanguageModel,
    Recognizer,
    Synthesizer,
    TurnDetector,
)
from repartee.engines.registry import UnusableEngine
from repartee.runtime.loading import Loading
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
    def hears(self) -> bool:
        """Whether the language model is told what the user said as sound."""
        return bool(getattr(self.mind, "hears", False))

    @property
    def speaks(self) -> bool:
        """Whether the language model speaks itself."""
        return bool(getattr(self.mind, "speaks", False))

    @property
    def logprobs(self) -> bool:
        """Whether the recogniser tells how sure it is of each word."""
        return bool(getattr(self.ears, "logprobs", False))

    def guesses(self, speculate: bool | None) -> bool:
        """Whether transcripts are asked for before turns are over."""
        return bool(getattr(self.ears, "guesses", False)) and _ahead(speculate, self.ears)

    def foresees(self, speculate: bool | None) -> bool:
        """Whether answers are prepared before turns are over.

        One to sound never is: what is heard in a pause ends otherwise than the turn will.
        """
        ahead = self.guesses(speculate) and _ahead(speculate, self.mind, self.voice)
        return ahead and not self.hears


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
        self._lazy, self._keep_s = settings.models.lazy, settings.models.unload_after_s
        self._made: list[_Made] = []
        self._turn: TurnDetector = self._engine("turn", settings.turn)
        self._by_pattern: dict[str | None, Engines] = {None: self._engines(settings.model(None))}
        for pattern, model in settings.models.mapped.items():
            try:
                self._by_pattern[pattern] = self._engines(model)
            except UnusableEngine as error:
                raise UnusableEngine(f'models."{pattern}": {error}') from error

    @property
    def late_s(self) -> float:
        """How late the sound of all sessions is judged at the moment."""
        return self._detector.late_s

    def of(self, pattern: str | None) -> Engines:
        """Those of the model names that `pattern` holds for; None: of all that are not mapped."""
        return self._by_pattern[pattern]

    @asynccontextmanager
    async def use(self, pattern: str | None) -> AsyncIterator[Engines]:
        """The same, and loaded as long as they are used.  Raises EngineError."""
        engines = self.of(pattern)
        used = [
            made.loading
            for made in self._made
            if made.engine in (engines.ears, engines.mind, engines.voice)
        ]
        async with AsyncExitStack() as ends:
            await _together(_begin(loading, ends) for loading in used)
            yield engines

    async def open(self) -> None:
        """Load what has to be loaded, all at the same time; on failure nothing stays open."""
        early = [made for made in self._made if made.role == "turn" or not self._lazy]
        async with AsyncExitStack() as ends:
            try:
                await _together(_begin(made.loading, ends) for made in early)
            except EngineError:
                await self.close()
                raise
        for notice in dict.fromkeys(getattr(made.engine, "notice", "") for made in self._made):
            if notice:
                log.warning("%s", notice)

    async def close(self) -> None:
        for made in reversed(self._made):
            await made.loading.close()

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
            if (made.role, made.choice) == (role, choice):
                return made.engine
        engine: Any = registry.make(role, choice.engine, choice.options)
        keep_s = None if role == "turn" else self._keep_s  # which is everybody's, all the time
        self._made.append(_Made(role, choice, engine, Loading(engine, keep_s)))
        return engine


class _Made(NamedTuple):
    """An engine, and what it was made of."""

    role: registry.Role
    choice: Choice
    engine: Any
    loading: Loading


async def _begin(loading: Loading, ends: AsyncExitStack) -> None:
    await loading.begin()
    ends.callback(loading.end)


async def _together(works: Iterable[Coroutine[Any, Any, None]]) -> None:
    """All at the same time; of failures the first is raised."""
    try:
        async with asyncio.TaskGroup() as group:
            for work in works:
                group.create_task(work)
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from None
