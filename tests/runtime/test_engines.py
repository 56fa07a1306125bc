"""The engines of a process: made from settings, opened once, closed in any case."""

import logging
from typing import Any

import msgspec
import pytest

from repartee.engines.protocols import EngineError
from repartee.engines.registry import UnusableEngine
from repartee.runtime.engines import Engines
from repartee.settings import Settings
from repartee.settings.tree import Choice

FAKES = Settings(vad=Choice("fake"), ears=Choice("fake"), mind=Choice("fake"), voice=Choice("fake"))


class Recorded:
    """An engine that remembers what was done with it."""

    def __init__(self, log: list[str], name: str, failure: str = "") -> None:
        self._log, self._name, self._failure = log, name, failure

    async def open(self) -> None:
        self._log.append(f"open {self._name}")
        if self._failure:
            raise EngineError(self._failure)

    async def close(self) -> None:
        self._log.append(f"close {self._name}")


def _with(**replaced: Any) -> Engines:
    engines = Engines(FAKES)
    for role, engine in replaced.items():
        setattr(engines, role, engine)
    return engines


async def test_engines_that_need_no_opening_are_left_alone() -> None:
    engines = Engines(FAKES)
    await engines.open()
    await engines.close()


@pytest.mark.parametrize(("mind", "sees"), [("repartee-echo", False), ("fake", True)])
def test_whether_images_can_be_shown_is_the_models_to_say(mind: str, sees: bool) -> None:
    settings = msgspec.structs.replace(FAKES, mind=Choice(mind))
    assert Engines(settings).sees is sees


async def test_what_was_opened_is_closed_in_reverse() -> None:
    log: list[str] = []
    engines = _with(ears=Recorded(log, "ears"), voice=Recorded(log, "voice"))
    await engines.open()
    await engines.close()
    assert log == ["open ears", "open voice", "close voice", "close ears"]


async def test_when_one_cannot_be_opened_nothing_stays_open() -> None:
    log: list[str] = []
    engines = _with(ears=Recorded(log, "ears"), voice=Recorded(log, "voice", "no model"))
    with pytest.raises(EngineError, match="no model"):
        await engines.open()
    assert log == ["open ears", "open voice", "close voice", "close ears"]


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(UnusableEngine, match="espeek"):
        Engines(Settings(voice=Choice("espeek")))


async def test_an_engine_may_have_something_to_say_of_itself(
    caplog: pytest.LogCaptureFixture,
) -> None:
    ears = Recorded([], "ears")
    ears.notice = "It mishears."  # type: ignore[attr-defined]
    engines = _with(ears=ears)
    with caplog.at_level(logging.WARNING):
        await engines.open()
    await engines.close()
    assert "It mishears." in caplog.text
