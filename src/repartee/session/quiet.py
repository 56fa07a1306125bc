"""The silence after an answer, and when it has lasted too long.

`idle_timeout_ms` is counted "from response.done plus the remaining playback time": sound reaches
the client faster than it plays, and on a WebSocket the client does the playing.
"""

from math import inf


class Quiet:
    """Moments in seconds of the driver's clock."""

    def __init__(self) -> None:
        self._answered: float | None = None  # when the last answer was done; None: nothing counts
        self._played = -inf  # when all sound sent so far has been played

    def begins(self, now: float) -> None:
        """An answer is done."""
        self._answered = now

    def sounds(self, ms: float, now: float) -> None:
        """So much more sound is sent."""
        self._played = max(self._played, now) + ms / 1000

    def hushed(self, now: float) -> None:
        """The client has stopped playing, or will at once."""
        self._played = min(self._played, now)

    def broken(self) -> None:
        """Somebody speaks, or begins to answer; what is being played goes on."""
        self._answered = None

    def end(self, idle_ms: int | None) -> float:
        """When the silence will have lasted `idle_ms`."""
        if idle_ms is None or self._answered is None:
            return inf
        return max(self._answered, self._played) + idle_ms / 1000
