"""A recorded session at a glance: what it was, how long, and whether its recording is whole."""

from typing import Any

from repartee.recording.format import Damage
from repartee.recording.inspection.answers import tokens
from repartee.recording.inspection.turns import Fault, Inspection, Tokens


class Glance:
    """Takes what is told of the session itself."""

    def __init__(self) -> None:
        self.since = 0.0  # the session's first moment, s
        self.complete = False
        self.note: str | None = None
        self.faults: list[Fault] = []
        self._opened: dict[str, Any] | None = None
        self._latest = 0.0
        self._tokens = Tokens()

    def open(self, opened: dict[str, Any], now: float) -> None:
        """Of what the session was made."""
        self._opened, self.since = opened, now

    def goes_on(self, now: float) -> None:
        self._latest = now

    def damaged(self, damage: Damage) -> None:
        self.note = str(damage)

    def at(self, now: float) -> float:
        """Seconds since the session began."""
        return round(now - self.since, 6)

    def spend(self, usage: dict[str, Any] | None) -> None:
        """A response has cost so much."""
        if spent := tokens(usage):
            self._tokens.input += spent.input
            self._tokens.cached += spent.cached
            self._tokens.output += spent.output

    def inspection(self, **followed: Any) -> Inspection:
        """All of it together.  Raises ValueError where nothing was opened."""
        opened = self._opened
        if opened is None:
            raise ValueError("the recording does not say how its session began")
        return Inspection(
            version=opened["repartee"],
            began=opened["began"],
            session=opened["session"],
            model=opened["model"],
            dialect=opened["dialect"],
            transport=opened["transport"],
            engines={role: _engine(engine) for role, engine in opened["engines"].items()},
            duration_s=self.at(self._latest),
            complete=self.complete,
            note=self.note,
            faults=self.faults,
            tokens=self._tokens,
            **followed,
        )


def _engine(engine: dict[str, Any]) -> str:
    """An engine, and the model it was told to use."""
    model = engine.get("model")
    return f"{engine['engine']} ({model})" if model else str(engine["engine"])
