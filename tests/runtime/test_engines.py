"""The engines of a process: made from settings, opened once, closed in any case."""

import logging
from collections.abc import Mapping
from typing import Any

import msgspec
import pytest

from repartee.engines import registry
from repartee.engines.protocols import EngineError
from repartee.engines.registry import UnusableEngine
from repartee.runtime.engines import EnginesByModel
from repartee.settings import Choice, Models, Settings

_FAKE = Choice("fake")
FAKES = Settings(vad=_FAKE, turn=_FAKE, ears=_FAKE, mind=_FAKE, voice=_FAKE)


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


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is done with engines "noted"; their option `failure` is why they cannot be opened."""
    log: list[str] = []
    make: Any = registry.make

    def make_noted(role: Any, name: str, options: Mapping[str, Any]) -> Any:
        if name != "noted":
            return make(role, name, options)
        engine = Recorded(log, role, options.get("failure", ""))
        vars(engine).update(options)
        return engine

    monkeypatch.setattr(registry, "make", make_noted)
    return log


def _with(settings: Settings = FAKES, **replaced: Any) -> Settings:
    return msgspec.structs.replace(settings, **replaced)


def _mapping(**models: dict[str, Choice]) -> Settings:
    rest = FAKES.model(None)
    mapped = {name: msgspec.structs.replace(rest, **said) for name, said in models.items()}
    return _with(models=Models(mapped=mapped))


async def test_engines_that_need_no_opening_are_left_alone() -> None:
    engines = EnginesByModel(FAKES)
    await engines.open()
    await engines.close()


@pytest.mark.parametrize(("mind", "sees"), [("repartee-echo", False), ("fake", True)])
def test_whether_images_can_be_shown_is_the_models_to_say(mind: str, sees: bool) -> None:
    engines = EnginesByModel(_with(mind=Choice(mind)))
    assert engines.of(None).sees is sees


def test_whether_it_hears_and_speaks_is_the_models_to_say() -> None:
    reads = EnginesByModel(FAKES).of(None)
    assert not reads.hears
    assert not reads.speaks
    assert reads.foresees(True)
    there = Choice("realtime", {"url": "http://127.0.0.1:9/v1"})
    hears = EnginesByModel(_with(mind=there)).of(None)
    assert hears.hears
    assert hears.speaks
    assert not hears.foresees(True)  # a pause sounds otherwise than the turn will


@pytest.mark.parametrize(("ears", "tells"), [("noted", False), ("fake", True)])
def test_whether_words_have_probabilities_is_the_recognisers_to_say(
    recorded: list[str], ears: str, tells: bool
) -> None:
    engines = EnginesByModel(_with(ears=Choice(ears)))
    assert engines.of(None).logprobs is tells


async def test_what_was_opened_is_closed_in_reverse(recorded: list[str]) -> None:
    engines = EnginesByModel(_with(ears=Choice("noted"), voice=Choice("noted")))
    await engines.open()
    await engines.close()
    assert recorded == ["open ears", "open voice", "close voice", "close ears"]


async def test_the_turn_detector_is_opened_and_closed_like_the_others(recorded: list[str]) -> None:
    engines = EnginesByModel(_with(turn=Choice("noted"), ears=Choice("noted")))
    await engines.open()
    await engines.close()
    assert recorded == ["open turn", "open ears", "close ears", "close turn"]


async def test_when_one_cannot_be_opened_nothing_stays_open(recorded: list[str]) -> None:
    lame = Choice("noted", {"failure": "no model"})
    engines = EnginesByModel(_with(ears=Choice("noted"), voice=lame))
    with pytest.raises(EngineError, match="no model"):
        await engines.open()
    assert recorded == ["open ears", "open voice", "close voice", "close ears"]


async def test_engines_of_equal_choice_are_one_and_are_opened_once(recorded: list[str]) -> None:
    noted, other = Choice("noted"), Choice("noted", {"text": "other"})
    engines = EnginesByModel(_mapping(a={"mind": noted}, b={"mind": noted}, c={"mind": other}))
    await engines.open()
    await engines.close()
    assert recorded == ["open mind", "open mind", "close mind", "close mind"]
    of = engines.of
    assert of("a").mind is of("b").mind
    assert of("c").mind is not of("a").mind
    assert len({id(of(name).mind) for name in (None, "a", "c")}) == 3
    assert {id(of(name).voice) for name in "abc"} == {id(of(None).voice)}
    assert {id(of(name).detector) for name in "abc"} == {id(of(None).detector)}
    assert {id(of(name).turn) for name in "abc"} == {id(of(None).turn)}


async def test_lazy_engines_are_loaded_for_the_first_who_uses_them(recorded: list[str]) -> None:
    quick = _mapping(quick={"mind": Choice("noted")})
    models = msgspec.structs.replace(quick.models, lazy=True, unload_after_s=0)
    engines = EnginesByModel(_with(quick, models=models, turn=Choice("noted")))
    await engines.open()
    async with engines.use(None):
        assert recorded == ["open turn"]
    async with engines.use("quick") as used:
        assert used is engines.of("quick")
        assert recorded == ["open turn", "open mind"]
    await engines.close()
    assert recorded == ["open turn", "open mind", "close mind", "close turn"]


async def test_who_needs_what_cannot_be_loaded_is_told(recorded: list[str]) -> None:
    lame = _mapping(lame={"mind": Choice("noted", {"failure": "no model"})})
    models = msgspec.structs.replace(lame.models, lazy=True)
    engines = EnginesByModel(_with(lame, models=models))
    await engines.open()
    with pytest.raises(EngineError, match="no model"):
        async with engines.use("lame"):
            raise AssertionError("it is not loaded")
    async with engines.use(None):
        pass
    await engines.close()


def test_an_unknown_engine_is_refused_by_name() -> None:
    with pytest.raises(UnusableEngine, match="espeek"):
        EnginesByModel(Settings(voice=Choice("espeek")))


def test_an_engine_that_a_model_cannot_have_is_refused_with_the_models_name() -> None:
    with pytest.raises(UnusableEngine, match=r'models."quick": there is no engine mind.fast'):
        EnginesByModel(_mapping(quick={"mind": Choice("fast")}))


async def test_an_engine_may_have_something_to_say_of_itself(
    recorded: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    twice = {
        name: {"ears": Choice("noted", {"notice": "It mishears.", "n": name})} for name in "ab"
    }
    engines = EnginesByModel(_mapping(**twice))
    with caplog.at_level(logging.WARNING):
        await engines.open()
    await engines.close()
    assert caplog.text.count("It mishears.") == 1
