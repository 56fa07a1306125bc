"""The judge of what every event has in common: its place, its id, its type and its shape."""

from typing import Any

from repartee.conformance.findings import Findings
from repartee.conformance.server_events import FOREIGN_EVENTS, SERVER_EVENTS
from repartee.conformance.shapes import faults

# Errors that the server closes the connection with; the first three only while it opens.
_REFUSALS = frozenset({"invalid_api_key", "invalid_model", "beta_api_shape_disabled"})
_EXPIRED = "session_expired"

# Clocks differ, and a server may end a session at its next convenience.
_GRACE_SECONDS = 60.0


class Envelope:
    """Judges each server event before anything is made of its content."""

    def __init__(self, findings: Findings) -> None:
        self._findings = findings
        self._event_ids: set[str] = set()
        self._opened = False
        self._expires_at = 0.0
        self._overdue = False
        self.closed = False  # an error has ended the connection

    def client(self, now: float | None) -> None:
        """The client sent something at that Unix time."""
        if now is not None and self._expires_at:
            self._overdue = now > self._expires_at + _GRACE_SECONDS

    def server(self, event: object) -> bool:
        """Judges the event; whether its content can be judged too."""
        if not isinstance(event, dict) or not isinstance(event.get("type"), str):
            self._findings.note("shape", "the event is no object with a type")
            return False
        kind = event["type"]
        if self.closed:
            self._findings.note("closed", f"{kind} after the error that ends the connection")
        elif kind in FOREIGN_EVENTS:
            self._findings.note("event-place", f"{kind} does not belong on a GA WebSocket")
        elif kind not in SERVER_EVENTS:
            self._findings.note("event-type", f"{kind!r} is no event of the API")
        else:
            return self._is_legible(event)
        return False

    def _is_legible(self, event: dict[str, Any]) -> bool:
        kind = event["type"]
        self._judge_id(event)
        legible = self._has_shape(event, SERVER_EVENTS[kind])
        self._judge_place(event, legible)
        return legible

    def _judge_id(self, event: dict[str, Any]) -> None:
        event_id = event.get("event_id")
        if not isinstance(event_id, str) or not event_id:
            self._findings.note("event-id", f"{event['type']} has event_id {event_id!r}")
        elif event_id in self._event_ids:
            self._findings.note("event-id", f"event_id {event_id} is used again")
        else:
            self._event_ids.add(event_id)

    def _has_shape(self, event: dict[str, Any], shape: dict[str, Any]) -> bool:
        legible = True
        for fault in faults(event, shape):
            rule = "null-member" if fault.null else "shape"
            self._findings.note(rule, f"{event['type']}: {fault.path} {fault.problem}")
            legible = legible and fault.null
        return legible

    def _judge_place(self, event: dict[str, Any], legible: bool) -> None:
        kind = event["type"]
        code = event["error"].get("code") if kind == "error" and legible else None
        if code == _EXPIRED or (code in _REFUSALS and not self._opened):
            self.closed = True
        elif self._overdue:
            self._findings.note("expiry", f"{kind} although the session has expired")
        elif (kind == "session.created") == self._opened:
            self._findings.note("first-event", f"{kind} comes out of place")
        if kind == "session.created":
            self._opened = True
            self._expires_at = float(event["session"].get("expires_at") or 0) if legible else 0.0
