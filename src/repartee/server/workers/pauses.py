"""How long to wait before a worker that has died is started again."""

_YOUNG_S = 10.0  # a worker that dies sooner will die again
_FIRST_S = 0.5
_LONGEST_S = 8.0  # clients who reach this slot wait meanwhile


class Pauses:
    """Those of one slot: none at first, then ever longer while its workers die young."""

    def __init__(self) -> None:
        self._next_s = 0.0

    def after(self, lived_s: float) -> float:
        """Seconds to wait, after a worker that could serve for so long."""
        if lived_s >= _YOUNG_S:
            self._next_s = 0.0
        pause = self._next_s
        self._next_s = min(max(2 * pause, _FIRST_S), _LONGEST_S)
        return pause
