"""A conversation as the wire carried it, and everybody who has a say about it.

The referee judges the order and the sense of events, OpenAI's own types and the published schemas
judge each by itself.  The schemas are read from the folder `protocol` of the shared folder, where
there is one.
"""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any, Literal, get_args

from jsonschema import Draft202012Validator
from openai.types.beta.realtime import RealtimeServerEvent as BetaServerEvent
from openai.types.realtime import RealtimeServerEvent
from pydantic import BaseModel, ValidationError

import recordings
from repartee.conformance.findings import Violation
from repartee.conformance.referee import Referee

Side = Literal["client", "server"]
Dialect = Literal["ga", "beta"]
Frame = str | bytes

# Of the first the openai package has no type, of the second one with a secret that only HTTP gives.
UNTYPED = ("transcription_session.created", "transcription_session.updated")

SCHEMAS = recordings.FOLDER.parent / "protocol" / "wire.schema.json"


class Record:
    """Every frame of one connection, both ways, in order."""

    def __init__(self, dialect: Dialect = "ga") -> None:
        self.dialect = dialect
        self.frames: list[tuple[Side, Frame]] = []
        self.broken_off = False  # ended without a farewell

    def add(self, side: Side, frame: Frame) -> None:
        self.frames.append((side, frame))

    def told(self, *kinds: str) -> list[dict[str, Any]]:
        """The server's events, those of some kinds or all."""
        events = (json.loads(frame) for side, frame in self.frames if side == "server")
        return [event for event in events if not kinds or event["type"] in kinds]

    def asked(self, *kinds: str) -> list[dict[str, Any]]:
        """The client's events, those of some kinds or all."""
        events = (json.loads(frame) for side, frame in self.frames if side == "client")
        return [event for event in events if not kinds or event["type"] in kinds]

    def faults(self) -> list[str]:
        """What anybody finds wrong with the server's part, now that the connection is over."""
        found: list[str] = []
        for side, frame in self.frames:
            if side == "server":
                assert isinstance(frame, str), "the server sends binary frames"
                found += _shape_faults(json.loads(frame), self.dialect)
        return found + self._rule_faults()

    def _rule_faults(self) -> list[str]:
        """What the referee finds."""
        referee = Referee(self.dialect)
        found: list[Violation] = []
        for side, frame in self.frames:
            judge = referee.client if side == "client" else referee.server
            found += judge(_event(frame))
        found += [] if self.broken_off else referee.finish()
        return [f"{each.rule}: {each.message}" for each in found]


def _event(frame: Frame) -> object:
    """A client's event; None for a frame that is none."""
    try:
        return json.loads(frame) if isinstance(frame, str) else None
    except (ValueError, RecursionError):
        return None


def _shape_faults(event: dict[str, Any], dialect: Dialect) -> Iterator[str]:
    kind = event["type"]
    try:
        if kind not in UNTYPED:
            _stock_types(dialect)[kind].model_validate(event, strict=True)
    except (KeyError, ValidationError) as error:
        yield f"{kind} is not what the openai package expects: {error}"
    if schema := _schemas(dialect).get(kind):
        yield from (f"{kind} against the schema: {each.message}" for each in schema(event))


@cache
def _stock_types(dialect: Dialect) -> dict[str, type[BaseModel]]:
    """The types of the openai package by the name of their event."""
    union, _ = get_args(RealtimeServerEvent if dialect == "ga" else BetaServerEvent)
    return {get_args(each.model_fields["type"].annotation)[0]: each for each in get_args(union)}


@cache
def _schemas(dialect: Dialect) -> dict[str, Callable[[dict[str, Any]], Iterator[Any]]]:
    """The judges of the published schemas, where they are at hand."""
    if not SCHEMAS.is_file():
        return {}
    definitions = json.loads(SCHEMAS.read_text())["$defs"]
    return {
        row["type"]: Draft202012Validator({"$defs": definitions, "$ref": row["schema"]}).iter_errors
        for row in json.loads(SCHEMAS.with_name("events.json").read_text())
        if (row["dialect"], row["direction"]) == (dialect, "server")
    }
