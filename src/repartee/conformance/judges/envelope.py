"""The judge of what every event has in common: its place, its id, its type and its shape."""

import copy

from repartee.conformance.dialects.dialect import Dialect
from repartee.conformance.dialects.shapes import faults
from repartee.conformance.findings import Findings
from repartee.conformance.judges.items import Event

# Errors that the server closes the connection with; the first three only while it opens.
_REFUSALS = frozenset({"invalid_api_key", "invalid_model", "beta_api_shape_disabled"})
_EXPIRED = "session_expired"

_OPENINGS = frozenset({"session.created", "transcription_session.created"})

# Clocks differ, and a server may end a session at its next convenience.
_GRACE_SECONDS = 60.0


class Envelope:
    """Judges each server event before anything is made of its content."""

    def __init__(self, findings: Findings, dialect: Dialect) -> None:
        self._findings = findings
        self._dialect = dialect
        self._event_ids: set[str] = set()
        self._opened = False
        self._expires_at = 0.0
        self._overdue = False
        self.closed = False  # an error has ended the connection

    def client(self, now: float | None) -> None:
        """The client sent something at that Unix time."""
        if now is not None and self._expires_at:
            self._overdue = now > self._expires_at + _GRACE_SECONDS

    def server(self, event: object) -> Event | None:
        """Judges the event; what of it can be judged further, as if its null members were not."""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            self._findings.note("shape", "the event is no object with a type")
            return None
        kind = event["type"]
        if self.closed:
            self._findings.note("closed", f"{kind} after the error that ends the connection")
        elif kind in self._dialect.foreign:
            self._findings.note("event-place", f"{kind} does not belong {self._dialect.place}")
        elif kind not in self._dialect.events:
            self._findings.note("event-type", f"{kind!r} is no event of the API")
        else:
            self._judge_id(event)
            legible = self._legible(event)
            self._judge_place(kind, legible)
            for rule, message in self._dialect.objections(legible) if legible is not None else ():
                self._findings.note(rule, message)
            return legible
        return None

    def _judge_id(self, event: Event) -> None:
        event_id = event.get("event_id")
        if not isinstance(event_id, str) or not event_id:
            self._findings.note("event-id", f"{event['type']} has event_id {event_id!r}")
        elif event_id in self._event_ids:
            self._findings.note("event-id", f"event_id {event_id} is used again")
        else:
            self._event_ids.add(event_id)

    def _legible(self, event: Event) -> Event | None:
        shape = self._dialect.events[event["type"]]
        found = list(faults(event, shape))
        if not found:
            return event
        for fault in found:
            rule = "shape" if fault.null_in is None else "null-member"
            self._findings.note(rule, f"{event['type']}: {fault.path} {fault.problem}")
        if any(fault.null_in is None for fault in found):
            return None
        event = copy.deepcopy(event)  # it is the caller's
        for fault in faults(event, shape):
            if fault.null_in is not None:
                del fault.null_in[fault.path.rpartition(".")[2]]
        return event

    def _judge_place(self, kind: str, event: Event | None) -> None:
        code = event["error"].get("code") if event is not None and kind == "error" else None
        if code == _EXPIRED or (code in _REFUSALS and not self._opened):
            self.closed = True
        elif self._overdue:
            self._findings.note("expired-session", f"{kind} although the session has expired")
        elif (kind in _OPENINGS) == self._opened:
            self._findings.note("first-event", f"{kind} comes out of place")
        if kind in _OPENINGS:
            self._opened = True
            self._expires_at = float(event["session"].get("expires_at") or 0) if event else 0.0
