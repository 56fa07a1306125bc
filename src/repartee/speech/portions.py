"""Portions: how much of an answer's sound goes in one event.

The first is short, so that it is on its way before the rest is even cut; each one after it is twice
as long, up to a length at which what an event costs counts for little.  Whatever a voice gives in
smaller pieces goes as it comes: nothing waits for a portion to be full.
"""

from collections.abc import Iterator

from repartee.protocol.audio import Encoding, bytes_per_ms

FIRST_MS = 40
LONGEST_MS = 400


class Portions:
    """Of one stretch of speech, in this encoding."""

    def __init__(self, encoding: Encoding) -> None:
        self._bytes_per_ms = bytes_per_ms(encoding)
        self._ms = FIRST_MS

    def __call__(self, sound: bytes) -> Iterator[tuple[bytes, float]]:
        """The portions of a piece of sound, each with its length in ms."""
        begin = 0
        while begin < len(sound):
            portion = sound[begin : begin + self._ms * self._bytes_per_ms]
            begin += len(portion)
            self._ms = min(2 * self._ms, LONGEST_MS)
            yield portion, len(portion) / self._bytes_per_ms
