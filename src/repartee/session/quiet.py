"""The silence after an answer, and when it has lasted too long.

`idle_timeout_ms` is counted "from response.done plus the remaining playback time": sound reaches
the client faster than it plays, and on a WebSocket the client does the playing.
"""

from math import inf


class Quiet:
    """Moments in seconds of the driver's clock."""

    def __init__(self) -> None:
        self._answered: float | None = None  # when the last answer was done; None: nothing counts

    @property
    def counts(self) -> bool:
        """Whether there is a silence whose length counts."""
        return self._answered is not None

    def begins(self, now: float) -> None:
        """An answer is done."""
        self._answered = now

    def broken(self) -> None:
        """Somebody speaks, or begins to answer; what is being played goes on."""
        self._answered = None

    def end(self, idle_ms: int | None, played: float) -> float:
        """When the silence will have lasted `idle_ms`, if all sound has been played at `played`."""
        if idle_ms is None or self._answered is None:
            return inf
        return max(self._answered, played) + idle_ms / 1000
