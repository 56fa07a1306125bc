"""The turn detector of those who name none: the best that there is on this machine."""

import logging
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from repartee.engines.prosody.detector import Prosody
from repartee.engines.protocols import EngineError
from repartee.engines.smart_turn.place import find_model

if TYPE_CHECKING:
    from repartee.engines.smart_turn.detector import SmartTurn

log = logging.getLogger(__name__)


class AutoTurnDetector:
    """Takes smart-turn where its extra and a model of it are there, else prosody.

    Which of them it took is logged when it is opened.  Prosody also judges what smart-turn cannot,
    when it is asked too often.  A `model` that is named must be one: nothing is taken in its place.
    """

    licence = "Apache-2.0; smart-turn: BSD-2-Clause (weights, Daily)"
    rate = Prosody.rate

    def __init__(self, model: Path | None = None, threads: Annotated[int, Meta(ge=1)] = 2) -> None:
        self.notice = ""
        self._must = model is not None
        self._told = False
        self._prosody = Prosody()
        self._smart_turn: SmartTurn | None = None
        try:
            self._smart_turn = _make_smart_turn(model, threads)
        except ImportError as error:
            self._do_without(EngineError(f"{error}: pip install 'repartee[turn]'"))
        except EngineError as error:
            self._do_without(error)

    async def open(self) -> None:
        """Load the model, if there is one.  Raises EngineError for one that was named."""
        if self._smart_turn is None:
            return
        try:
            await self._smart_turn.open()
        except EngineError as error:
            await self._smart_turn.close()
            self._do_without(error)
        else:
            log.info("the ends of turns are judged by %s", self._smart_turn.model.name)

    async def close(self) -> None:
        if self._smart_turn is not None:
            await self._smart_turn.close()

    async def finished(self, pcm: bytes, text: str) -> float:
        """See `TurnDetector`."""
        if self._smart_turn is not None:
            try:
                return await self._smart_turn.finished(pcm, text)
            except EngineError as error:
                self._tell_once(error)
        return await self._prosody.finished(pcm, text)

    def _tell_once(self, problem: EngineError) -> None:
        if not self._told:
            log.warning("some pauses are judged by a rule of thumb: %s", problem)
        self._told = True

    def _do_without(self, problem: EngineError) -> None:
        if self._must:
            raise problem
        self._smart_turn = None
        self.notice = f"The ends of turns are judged by a rule of thumb: {problem}"


def _make_smart_turn(model: Path | None, threads: int) -> "SmartTurn":
    found = find_model(model)
    # Imported here, for it needs what not everybody has installed, and what takes longer to import
    # than any part of the server.
    from repartee.engines.smart_turn import detector

    return detector.SmartTurn(found, threads)
