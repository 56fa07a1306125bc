"""The sound of one turn, collected: how much, as a file, and whether a pause goes on (pure)."""

import struct

import numpy as np

from repartee.engines.protocols import EngineError

LONGEST_S = 330  # a turn of the API is 15 MB of sound at most, which is 5.46 minutes

_SHORTEST_MS = 100  # the API refuses less; silence makes up for it
_PAUSE_MS = 200  # sound before a pause is told, by which what follows is judged
_ROOM = 2.0  # noise of a room stays within 6 dB of its last peak; speech does not
_FAINT = 33  # of 32768: -60 dB, which nobody hears


class Turn:
    """Mono s16 sound of `rate` Hz as it comes, and what it was when a pause was told."""

    def __init__(self, rate: int) -> None:
        self._rate = rate
        self._sound = bytearray()
        self._paused_at = 0  # bytes
        self._loudest_silence = 0.0

    def hear(self, pcm: bytes) -> None:
        """More sound.  Raises EngineError where that is more than a turn has."""
        self._sound += pcm
        if len(self._sound) > LONGEST_S * self._rate * 2:
            what = f"a turn of more than {LONGEST_S / 60:g} minutes cannot be transcribed"
            raise EngineError(what, "transcription_too_long")

    @property
    def is_silent(self) -> bool:
        """Whether there is no sound at all in it: nobody has to be asked what that means."""
        return self._sound.count(0) == len(self._sound)

    @property
    def ms(self) -> int:
        return len(self._sound) * 500 // self._rate

    def pause(self) -> None:
        """The speaker has paused: remember where, and how loud silence is."""
        self._paused_at = len(self._sound) // 2 * 2
        begin = max(0, self._paused_at - _PAUSE_MS * self._rate // 500)
        self._loudest_silence = max(_FAINT, _ROOM * _peak(self._sound[begin : self._paused_at]))

    @property
    def is_paused(self) -> bool:
        """Whether nothing but silence has followed the pause."""
        return _peak(self._sound[self._paused_at :]) <= self._loudest_silence

    def wav(self) -> bytes:
        """The sound as a WAV file, to which half a sample does not belong."""
        pcm = bytes(self._sound[: len(self._sound) // 2 * 2])
        pcm = pcm.ljust(_SHORTEST_MS * self._rate // 1000 * 2, b"\0")
        form = struct.pack("<HHIIHH", 1, 1, self._rate, 2 * self._rate, 2, 16)
        head = struct.pack("<4sI4s4sI", b"RIFF", 36 + len(pcm), b"WAVE", b"fmt ", len(form))
        return head + form + struct.pack("<4sI", b"data", len(pcm)) + pcm


def _peak(pcm: bytes | bytearray) -> float:
    samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
    return float(np.abs(samples.astype(np.int32)).max(initial=0))
