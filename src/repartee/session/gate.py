"""The edges of speech: a probability that rises and falls becomes a door that opens and shuts."""

HYSTERESIS = 0.15  # an open gate closes only this far below the threshold, as Silero's own does


class Gate:
    """Open while someone speaks."""

    def __init__(self) -> None:
        self.open = False

    def judge(self, speech: float, threshold: float) -> bool:
        """Take one frame's probability; whether the frame counts as speech."""
        limit = min(threshold, max(threshold - HYSTERESIS, 0.01)) if self.open else threshold
        self.open = speech >= limit
        return self.open
