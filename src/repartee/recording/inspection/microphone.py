"""The user's side of a recording: how far its sound has come, and where speech is in it."""

from typing import NamedTuple

from repartee.protocol.audio import ms
from repartee.session.gate import Gate


class Place(NamedTuple):
    """A place in the user's sound: on the session's clock (s), and on that of the sound (ms)."""

    now: float
    sound_ms: float


class Microphone:
    """Follows the sound as the session heard it, frame by frame.

    `began` is where the speech that is told of now began, `ended` where speech was heard last.
    """

    def __init__(self) -> None:
        self.began: Place | None = None
        self.ended: Place | None = None
        self._heard = 0  # bytes
        self._gate = Gate()
        self._threshold: float | None = None
        self._announced = False

    @property
    def seconds(self) -> float:
        """How much sound there was."""
        return ms(self._heard) / 1000

    def configure(self, threshold: float | None) -> None:
        """What counts as speech from now on; None: nothing is judged."""
        self._threshold = threshold

    def hear(self, now: float, size: int, speech: float | None) -> None:
        """So many bytes of 24 kHz PCM were heard, with this probability of speech."""
        begin = ms(self._heard)
        self._heard += size
        if speech is None or self._threshold is None:
            return
        was_open = self._gate.open
        if self._gate.judge(speech, self._threshold):
            self.ended = Place(now, ms(self._heard))
            if not was_open and not self._announced:
                self.began = Place(now, begin)

    def announce(self) -> None:
        """The client was told that speech began."""
        self._announced = True

    def over(self) -> None:
        """The turn is over: committed, cleared, or of no account."""
        self._announced = self._gate.open = False
