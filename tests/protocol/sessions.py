"""Sessions of both kinds in both dialects, on a stage."""

import itertools
from typing import Any

from repartee.protocol.config import TranscriptionConfig
from repartee.protocol.ga import GA, Dialect
from repartee.session.session import Session
from stage import Stage


def opened(dialect: Dialect = GA, *, transcribes: bool = False, **config: Any) -> Stage:
    """A session that has just begun; `transcribes` makes it one that never answers."""
    if transcribes:
        return _transcribing(Stage(dialect=dialect), config)
    if dialect is not GA:
        config.setdefault("temperature", 0.8)
    return Stage(dialect=dialect, **config)


def _transcribing(stage: Stage, config: dict[str, Any]) -> Stage:
    numbers = itertools.count()
    stage.session = Session(
        TranscriptionConfig(id="sess_1", expires_at=3600, **config),
        new_id=lambda prefix: f"{prefix}_{next(numbers)}",
        now=stage.now,
    )
    stage.session.open()
    stage.events.clear()
    return stage
