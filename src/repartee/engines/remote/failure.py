"""What a Realtime server reports to have gone wrong."""

from typing import Any

_REASONS = {
    "invalid_api_key": "unauthorized",
    "model_not_found": "not_found",
    "rate_limit_exceeded": "busy",
    "insufficient_quota": "busy",
}


class Failure(Exception):
    """The server's own words, in one line, its code, and the event of ours that it is about."""

    def __init__(self, event: dict[str, Any]) -> None:
        """`event` holds the "error"."""
        error = event.get("error")
        told = error if isinstance(error, dict) else {}
        super().__init__(" ".join(str(told.get("message") or "it does not say why").split()))
        self.code = str(told.get("code"))
        self.event_id = str(told.get("event_id"))

    @property
    def reason(self) -> str:
        """The end of the code that an `EngineError` of it has; see `Faults.error`."""
        return _REASONS.get(self.code, "failed")
