"""The silence after a pause, which is not decoded: a decoder hears words in noise.

Whoever tells of a pause has heard silence before it.  What follows is taken for the same silence
until it is clearly louder - unless it is hardly quieter than speech, and may be some itself.
"""

from array import array
from operator import mul

from repartee.engines.pocketsphinx.level import RATE

JUDGED = RATE // 10 * 2  # bytes, 100 ms: what the level is taken of
LEAD = RATE // 5 * 2  # bytes, 200 ms: words begin softly
LOUDER = 2.0  # times the power, 3 dB: about as much as the noise of a room varies
FAINT = 0.1  # of the power of speech, -10 dB: no silence is louder


class Pause:
    """A pause that was just told of; `sound` is the last that came before it, mono s16 PCM.

    `loudest` is the power of the loudest sound before it: of speech, if there was any.
    """

    def __init__(self, sound: bytes, loudest: float) -> None:
        # The quieter of two stretches, for a click, or the end of a word, is no silence.
        quiet = min(power(sound[-JUDGED:]), power(sound[-2 * JUDGED : -JUDGED] or sound))
        self._limit = LOUDER * quiet if quiet < FAINT * loudest else -1.0
        self._held = b""

    def ended_by(self, sound: bytes) -> bytes:
        """The sound, led by the last of the pause, if it ends the pause; nothing if it does not."""
        self._held += sound
        if power(self._held[-max(JUDGED, len(sound)) :]) > self._limit:
            return self._held
        self._held = self._held[-LEAD:]
        return b""


def power(sound: bytes) -> float:
    """The mean square of s16 PCM, without its mean: a microphone may have a constant offset."""
    samples = array("h", sound)
    count = len(samples) or 1
    squares: int = sum(map(mul, samples, samples))
    mean = sum(samples) / count
    return squares / count - mean * mean
