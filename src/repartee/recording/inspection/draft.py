"""A turn of which not everything is known yet; its times are those of the session's clock."""

from typing import Any, Literal

from repartee.recording.inspection.turns import (
    Fault,
    Interruption,
    Judgement,
    Kind,
    Moments,
    Tokens,
    ToolCall,
    Turn,
)

Times = dict[str, float]


class Draft:
    """`at` are its moments, `zero` what they will count from, all in seconds."""

    def __init__(self, kind: Kind = "spoken") -> None:
        self.kind: Kind = kind
        self.zero = 0.0
        self.at: Times = {}
        self.work: Times = {}  # shared with the early reply it may have been
        self.item_id: str | None = None
        self.response_id: str | None = None
        self.heard: str | None = None
        self.said: list[str] = []
        self.speech_ms: tuple[float, float] | None = None
        self.detection: str | None = None
        self.silence_ms: int | None = None
        self.early = False
        self.early_dropped = 0
        self.judgements: list[Judgement] = []
        self.interruption: Interruption | None = None
        self.tools: list[ToolCall] = []
        self.faults: list[Fault] = []
        self.status: str | None = None
        self.tokens: Tokens | None = None
        self.played: list[tuple[float, float]] = []  # when sound began to be heard, for how long

    def mark(self, name: str, now: float) -> None:
        """The first of its kind counts."""
        self.at.setdefault(name, now)

    def plays(self, begins: float, seconds: float) -> None:
        """The client plays so much of its sound from then on."""
        self.played.append((begins, seconds))
        self.mark("played", begins)
        self.at["silent"] = begins + seconds

    def interrupt(self, now: float, by: Literal["speech", "client"]) -> None:
        """Its answer ended here; the first to end it counts."""
        if self.interruption is None:
            heard = sum(min(length, max(0.0, now - begins)) for begins, length in self.played)
            self.interruption = Interruption(now, by, 1000 * heard)

    def hush(self, now: float) -> None:
        """What is not played by now never is."""
        if self.at.get("silent", now) > now:
            self.at["silent"] = now
            self.played = [(b, min(length, now - b)) for b, length in self.played if b < now]

    def turn(self, number: int, since: float) -> Turn:
        """What is known of it, in milliseconds since its zero."""
        times = {**self.at, **self.work}
        if wrote := times.pop("wrote", None):
            times.setdefault("sent", wrote)  # an answer without sound
        return Turn(
            number=number,
            kind=self.kind,
            begun_s=round(self.zero - since, 6),
            item_id=self.item_id,
            response_id=self.response_id,
            heard=self.heard,
            said="".join(self.said),
            speech_ms=self.speech_ms,
            detection=self.detection,
            silence_ms=self.silence_ms,
            early=self.early,
            early_dropped=self.early_dropped,
            moments=Moments(**{name: self._ms(now) for name, now in times.items()}),
            judgements=[self._judgement(each) for each in self.judgements],
            interruption=self._interruption(),
            tools=[self._tool(each) for each in self.tools],
            faults=self.faults,
            status=self.status,
            tokens=self.tokens,
        )

    def _ms(self, now: float) -> float:
        return round(1000 * (now - self.zero), 3)

    def _judgement(self, judgement: Judgement) -> Judgement:
        told = None if judgement.told is None else self._ms(judgement.told)
        return Judgement(self._ms(judgement.asked), told, judgement.finished)

    def _interruption(self) -> Interruption | None:
        found = self.interruption
        if found is None:
            return None
        heard = round(found.heard_ms, 3)
        return Interruption(self._ms(found.at), found.by, heard, found.truncated)

    def _tool(self, call: ToolCall) -> ToolCall:
        output = None if call.output is None else self._ms(call.output)
        return ToolCall(call.name, call.call_id, self._ms(call.called), output)


def details(body: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Why a response ended as it did: a word of it, and its error if it failed."""
    told = body.get("status_details") or {}
    return told.get("reason") or body["status"], told.get("error") or {}
