"""Who names no turn detector gets the best that there is, and is told which it was."""

import asyncio
import logging
import sys
from pathlib import Path

import pytest

from engines.smart_turn.models import tiny_model
from repartee.engines import auto_turn, smart_turn
from repartee.engines.auto_turn import AutoTurnDetector
from repartee.engines.prosody.detector import Prosody
from repartee.engines.protocols import EngineError
from repartee.engines.smart_turn import detector
from repartee.engines.smart_turn.place import find_model

FIND = "repartee.engines.auto_turn.find_model"
UNSAID = "Let me see, it is the"


@pytest.fixture
def there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model, which is found."""
    model = tiny_model(tmp_path)
    monkeypatch.setattr(FIND, lambda named: find_model(named or model))
    return model


@pytest.fixture
def broken(there: Path) -> Path:
    """A file that is found, and is no model."""
    there.write_bytes(b"half of it")
    return there


@pytest.fixture
def not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """No model anywhere."""

    def find(named: Path | None) -> Path:
        raise EngineError("there is no smart-turn model")

    monkeypatch.setattr(FIND, find)


async def heeds_words(engine: AutoTurnDetector) -> bool:
    """Whether it is the rule that judges, which alone has an ear for words."""
    return await engine.finished(b"", UNSAID) != await engine.finished(b"", "")


async def test_a_model_that_is_there_is_taken(
    there: Path, caplog: pytest.LogCaptureFixture
) -> None:
    engine = AutoTurnDetector()
    with caplog.at_level(logging.INFO, auto_turn.__name__):
        await engine.open()
    assert 0 < await engine.finished(b"", UNSAID) < 1
    assert not await heeds_words(engine)
    await engine.close()
    assert "the ends of turns are judged by smart-turn-v3.2-cpu.onnx" in caplog.text
    assert engine.notice == ""


@pytest.mark.usefixtures("there")
async def test_what_the_model_cannot_judge_the_rule_does(caplog: pytest.LogCaptureFixture) -> None:
    engine = AutoTurnDetector(threads=2)
    await engine.open()
    asked = [engine.finished(b"", UNSAID) for _ in range(20)]
    told = await asyncio.gather(*asked)
    await engine.close()
    assert told[16:] == [await Prosody().finished(b"", UNSAID)] * 4
    assert told[16] not in told[:16]
    assert caplog.text.count("judged by a rule of thumb: smart-turn is asked more often") == 1


@pytest.mark.usefixtures("not_there")
async def test_without_a_model_there_is_the_rule() -> None:
    engine = AutoTurnDetector()
    await engine.open()
    assert await heeds_words(engine)
    await engine.close()
    assert engine.notice.endswith("by a rule of thumb: there is no smart-turn model")


@pytest.mark.usefixtures("not_there")
def test_without_a_model_nothing_is_imported_to_run_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, detector.__name__)
    monkeypatch.delattr(smart_turn, "detector")
    AutoTurnDetector()
    assert detector.__name__ not in sys.modules


async def test_without_the_extra_there_is_the_rule(
    there: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, detector.__name__)
    monkeypatch.delattr(smart_turn, "detector")
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    engine = AutoTurnDetector()
    assert engine.notice.endswith("None in sys.modules: pip install 'repartee[turn]'")
    with pytest.raises(EngineError, match="import of onnxruntime"):
        AutoTurnDetector(there)


@pytest.mark.usefixtures("broken")
async def test_a_broken_model_does_not_keep_a_server_from_starting() -> None:
    engine = AutoTurnDetector()
    await engine.open()
    assert await heeds_words(engine)
    await engine.close()
    assert "is no model of smart-turn v3" in engine.notice


async def test_a_model_that_is_named_has_to_be_one(broken: Path, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="there is no file"):
        AutoTurnDetector(tmp_path / "gone.onnx")
    engine = AutoTurnDetector(broken)
    with pytest.raises(EngineError, match="is no model of smart-turn v3"):
        await engine.open()
    await engine.close()
