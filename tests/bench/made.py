"""Things to say and to report on, for the tests of this room."""

import wave
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np

from repartee.bench.figures import Figure
from repartee.bench.plan import Plan
from repartee.bench.report import Cost, Report, Run, summed_up
from repartee.bench.turns import Conversation, Turn

COST = Cost(
    session_seconds=20.0,
    seconds=10.0,
    sessions=2,
    own_cpu_s=0.02,
    server_cpu_s=0.04,
    rss_before_mb=60.0,
    rss_after_mb=61.0,
)


def spoken(*parts: tuple[int, float], rate: int = 24_000) -> np.ndarray[Any, np.dtype[np.int16]]:
    """A tone at the levels that follow one another: (ms, full scale is 1) each."""
    levels = np.concatenate([np.full(ms * rate // 1000, level) for ms, level in parts])
    tone = np.sin(2 * np.pi * 200 * np.arange(len(levels)) / rate)
    samples: np.ndarray[Any, np.dtype[np.int16]] = (levels * tone * 32767).astype("<i2")
    return samples


def wav(path: Path, *parts: tuple[int, float], rate: int = 24_000) -> Path:
    """Written as a WAV file."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(spoken(*parts, rate=rate).tobytes())
    return path


def run_of(*turns: Turn, plan: Plan | None = None, **more: Any) -> Run:
    """A run with one session that had these turns."""
    conversation = Conversation(plan or Plan())
    conversation.turns.extend(turns)
    noted: dict[str, Any] = {
        "began": 0.0,
        "conversations": [conversation],
        "connects_s": [0.002],
        "refused": Counter(),
        "lost": Counter(),
        "foreign": 0,
        "late": Figure.of([0.4, 0.6]),
        "cost": COST,
        "stopped": False,
    }
    return Run(**{**noted, **more})


def reported(*turns: Turn, plan: Plan | None = None, **more: Any) -> Report:
    """The report of such a run."""
    plan = plan or Plan()
    return summed_up(plan, "http://127.0.0.1:1/v1", run_of(*turns, plan=plan, **more))
