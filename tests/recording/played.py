"""Scripts of everything that can happen, played in sessions that are recorded."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from repartee.keys.limits import Limits
from repartee.protocol.client import ClientEvent
from repartee.protocol.config import AnyConfig
from repartee.protocol.errors import Refused
from repartee.protocol.ga import Dialect
from repartee.recording.recorder import SessionRecorder
from repartee.recording.replay import Verdict, replay
from repartee.recording.writer import Tape, Writer
from repartee.runtime.ids import session_ids
from repartee.runtime.tokens import TokenCounter
from repartee.runtime.watching import Arrival, Opening, Step, Watcher
from repartee.session.bounds import Bounds
from repartee.session.inputs import Heard, Input
from repartee.session.outbox import Output
from repartee.session.session import Session
from repartee.settings import Settings
from scripts import Step as Scripted
from session.test_fuzz import KINDS, Player
from stage import Stage

SEED = bytes(range(16))
COUNT = "as the session counts"


class RecordedStage(Stage):
    """A stage whose session is watched by `recorder(opening)` as a driver has it watched."""

    def __init__(self, recorder: Callable[[Opening], Watcher], **kind: Any) -> None:
        self.message = b""
        stage = self

        class RecordedSession(Session):
            def __init__(self, config: AnyConfig, *, bounds: Bounds | None, **more: Any) -> None:
                bounds = bounds or Bounds()
                seed = {"new_id": session_ids(SEED)}
                super().__init__(config, bounds=bounds, **(more | seed))
                self._watcher = recorder(
                    opening(config, bounds, stage.dialect, paced=more["paced"])
                )

            def open(self) -> list[Output]:
                outputs = super().open()
                self._watcher.stepped(Step(None, outputs, stage.now))
                return outputs

            def step(self, event: ClientEvent | Input | Refused, now: float) -> list[Output]:
                outputs = super().step(event, now)
                message = b"" if isinstance(event, Heard) else stage.message
                self._watcher.stepped(Step(event, outputs, now, message))
                return outputs

            def leave(self, now: float) -> list[Output]:
                outputs = super().leave(now)
                self._watcher.left(Step(None, outputs, now))
                return outputs

        with patch("stage.Session", RecordedSession):
            super().__init__(**kind)

    def client(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        self.message = json.dumps(event).encode()
        try:
            return super().client(event)
        finally:
            self.message = b""


class RecordedPlayer(Player):
    """Plays scripts on such a stage."""

    def __init__(self, kind: str, recorder: Callable[[Opening], Watcher]) -> None:
        self.kind = kind
        self.stage = RecordedStage(recorder, **KINDS[kind])
        self._number = 0


def opening(config: AnyConfig, bounds: Bounds, dialect: Dialect, *, paced: bool) -> Opening:
    return Opening(
        config=config,
        bounds=bounds,
        said=None,
        paced=paced,
        seed=SEED,
        dialect=dialect,
        counter=COUNT,
        model=Settings().model(None),
        arrival=Arrival(),
        key_id="key_1",
        limits=Limits(),
    )


@contextmanager
def writing(folder: Path) -> Iterator[Writer]:
    """A writer, whose files are there afterwards."""
    writer = Writer(folder)
    writer.open()
    try:
        yield writer
    finally:
        writer.close()


def record(writer: Writer, path: Path, kind: str, script: list[Scripted]) -> Stage:
    """Play a script in a session that is recorded, and let its client leave."""

    def recorder(opening: Opening) -> Watcher:
        return SessionRecorder(opening, Tape(path, opening.config.id), writer)

    stage = RecordedPlayer(kind, recorder).play(script)
    stage.session.leave(stage.now)
    return stage


def again(path: Path, kind: str) -> Verdict:
    """Replay what was recorded in a session of this kind."""
    count = KINDS[kind]["bounds"].count
    return replay(path, lambda name: TokenCounter(name, count))
