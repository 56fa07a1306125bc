"""How often something may happen."""

BURST_S = 10  # of what may come at once, after a silence


class Pace:
    """So many a second, and ten seconds' worth at once."""

    def __init__(self, a_second: float, now: float) -> None:
        self.a_second = a_second
        self._left = max(a_second * BURST_S, 1)
        self._at = now

    def admits(self, now: float) -> bool:
        """Whether one more may happen now; if so, it is counted."""
        earned = (now - self._at) * self.a_second
        self._left = min(self._left + earned, max(self.a_second * BURST_S, 1))
        self._at = now
        if self._left < 1:
            return False
        self._left -= 1
        return True
