"""Which way a turn is heard, and from when on the library is not heard any more."""

from types import SimpleNamespace
from typing import Any

import pytest
from msgspec import structs

from repartee.engines.sherpa import hearing, recognizers
from repartee.engines.sherpa.hearing import Hearing
from repartee.engines.sherpa.streams import StreamHearer
from repartee.engines.sherpa.stretches import StretchHearer
from repartee.engines.sherpa.wire import Ears, Turn
from repartee.engines.worker.work import WorkError

OPTIONS = Ears(
    family="nemo-ctc",
    files={},
    threads=1,
    provider="cpu",
    language="",
    hotwords=False,
    tail_ms=700,
    posteriors=False,
)


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done of loading a model, in order."""
    done: list[str] = []

    def make(options: Ears) -> Any:
        done.append(f"load {options.family}")
        if options.threads == 0:
            raise WorkError("no model")
        return SimpleNamespace(create_stream=lambda hotwords: hotwords)

    monkeypatch.setattr(recognizers, "make", make)
    monkeypatch.setattr(hearing, "hush", lambda: done.append("hush"))
    return done


@pytest.mark.parametrize(
    ("family", "hearer"),
    [
        ("streaming-transducer", StreamHearer),
        ("streaming-nemo-ctc", StreamHearer),
        ("transducer", StretchHearer),
        ("whisper", StretchHearer),
    ],
)
def test_a_turn_is_heard_as_the_model_can(steps: list[str], family: str, hearer: type) -> None:
    work = Hearing(structs.replace(OPTIONS, family=family))
    turns = [work.begin(Turn(), lambda: False) for _ in range(2)]
    assert [type(turn) for turn in turns] == [hearer, hearer]
    assert steps == [f"load {family}", "hush"]  # one model for all


def test_why_a_model_cannot_be_loaded_is_not_hushed_up(steps: list[str]) -> None:
    with pytest.raises(WorkError):
        Hearing(structs.replace(OPTIONS, threads=0))
    assert steps == ["load nemo-ctc"]
