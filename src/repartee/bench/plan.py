"""What a load is to be."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct

Dialect = Literal["ga", "beta"]


class Plan(Struct, frozen=True, kw_only=True):
    """How many sessions do what for how long; bounded in connections, time and turns.

    `seconds` are counted from when all sessions are open; then no turn begins any more, and those
    that have begun get `patience_s` to be answered.
    """

    sessions: Annotated[int, Meta(ge=1)] = 1
    seconds: Annotated[float, Meta(gt=0)] = 20.0
    turns: Annotated[int, Meta(ge=1)] | None = None  # of one session; as many as there is time for
    chunk_ms: Annotated[int, Meta(ge=5, le=1000)] = 20
    silence_ms: Annotated[int, Meta(ge=0)] = 500  # asked of the server, and taken off its lags
    pause_ms: Annotated[int, Meta(ge=0)] = (
        700  # between an answer that was played and the next turn
    )
    patience_s: Annotated[float, Meta(gt=0)] = (
        10.0  # from the end of a turn to the end of its answer
    )
    barge_in: Annotated[int, Meta(ge=0)] = 0  # every so many turns the answer is spoken into
    listening_only: bool = False  # turns are heard and get no answer
    dialect: Dialect = "ga"
    wavs: tuple[Path, ...] = ()  # said in turn; none: a sentence that comes along
    pids: tuple[int, ...] = ()  # processes of the server, whose cost is counted

    @property
    def chunk_s(self) -> float:
        return self.chunk_ms / 1000
