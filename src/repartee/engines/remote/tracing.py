"""To which trace a request to a server belongs, where its turn is traced: W3C's `traceparent`."""

from collections.abc import Callable
from contextvars import ContextVar

Traceparent = Callable[[str], str | None]
"""The header's value for requests of an engine of this role; None where nothing is traced."""

_traceparent: ContextVar[Traceparent | None] = ContextVar("traceparent", default=None)


def trace_requests(traceparent: Traceparent) -> None:
    """From now on, requests that this task makes, and those it begins, belong to a trace."""
    _traceparent.set(traceparent)


def trace_headers(role: str) -> dict[str, str]:
    """What a request of an engine of this role tells of its trace; mostly nothing."""
    traceparent = _traceparent.get()
    value = None if traceparent is None else traceparent(role)
    return {} if value is None else {"traceparent": value}
