"""How the sound of an answer comes, held against somebody who plays it from its first piece on."""

from msgspec import Struct


class Answer(Struct):
    """One response; times are seconds on the caller's clock."""

    id: str | None
    created: float
    first: float | None = None  # when its first sound came ...
    last: float | None = None  # ... and its last
    first_ms: float = 0.0  # of sound that came first
    sound_ms: float = 0.0
    plays_until: float = 0.0  # when what has come so far will have been played
    gap_s: float = 0.0  # the longest time that the player had nothing to play
    ended: float | None = None
    status: str | None = None
    hushed: float | None = None  # when the server said that it hears somebody speak into it
    leaked_ms: float = 0.0  # of sound that came after that
    after_end: int = 0  # pieces of sound that came after its end

    @property
    def real_time_factor(self) -> float | None:
        """How many seconds a second of sound took, once the first piece was there.

        Above 1 it comes more slowly than it is played.  None where all of it was the first piece.
        """
        rest_ms = self.sound_ms - self.first_ms
        if self.first is None or self.last is None or rest_ms <= 0:
            return None
        return (self.last - self.first) * 1000 / rest_ms

    def sound(self, ms: float, now: float) -> None:
        """So much sound came."""
        if self.first is None:
            self.first = self.plays_until = now
            self.first_ms = ms
        self.gap_s = max(self.gap_s, now - self.plays_until)
        self.plays_until = max(self.plays_until, now) + ms / 1000
        self.sound_ms += ms
        self.last = now
        if self.hushed is not None:
            self.leaked_ms += ms
        self.after_end += self.ended is not None

    def end(self, status: str | None, now: float) -> None:
        """The server says that it is over."""
        if self.ended is None:
            self.ended, self.status = now, status
