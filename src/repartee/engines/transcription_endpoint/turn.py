"""The sound of one turn, collected: how much, as a file, and whether a pause goes on (pure)."""

import struct

import numpy as np

from repartee.engines.protocols import EngineError

LONGEST_S = 330  # a turn of the API is 15 MB of sound at most, which is 5.46 minutes

_SHORTEST_MS = 100  # the API refuses less; silence makes up for it
_PAUSE_MS = 200  # sound before a pause is told, by which what follows is judged
_ROOM = 2.0  # noise of a room stays within 6 dB of its last peak; speech does not
_FAINT = 33  # of 32768: -60 dB, which nobody hears


_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")  # of a WAV file


class Turn:
    """Mono s16 sound of `rate` Hz as it comes, and what it was when a pause was told."""

    def __init__(self, rate: int) -> None:
        self.is_silent = True  # no sound at all: nobody has to be asked what that means
        self._rate = rate
        # The file as it will be: minutes are too much to be copied about.
        self._file = bytearray(_HEAD.size)
        self._paused_at = 0  # bytes
        self._loudest_silence = 0.0

    @property
    def ms(self) -> int:
        return (len(self._file) - _HEAD.size) * 500 // self._rate

    def hear(self, pcm: bytes) -> None:
        """More sound.  Raises EngineError where that is more than a turn has."""
        self._file += pcm
        self.is_silent = self.is_silent and pcm.count(0) == len(pcm)
        if self.ms > LONGEST_S * 1000:
            what = f"a turn of more than {LONGEST_S / 60:g} minutes cannot be transcribed"
            raise EngineError(what, "transcription_too_long")

    def pause(self) -> None:
        """The speaker has paused: remember where, and how loud silence is."""
        self._paused_at = len(self._file) // 2 * 2
        begin = max(_HEAD.size, self._paused_at - _PAUSE_MS * self._rate // 500)
        self._loudest_silence = max(_FAINT, _ROOM * _peak(self._file[begin : self._paused_at]))

    @property
    def is_paused(self) -> bool:
        """Whether nothing but silence has followed the pause."""
        return _peak(self._file[self._paused_at :]) <= self._loudest_silence

    def wav(self) -> bytes:
        """The sound as a WAV file, to which half a sample does not belong."""
        size = (len(self._file) - _HEAD.size) // 2 * 2
        silence = bytes(max(0, _SHORTEST_MS * self._rate // 500 - size))
        data = size + len(silence)
        form = 16, 1, 1, self._rate, 2 * self._rate, 2, 16
        whole = b"RIFF", _HEAD.size - 8 + data, b"WAVE", b"fmt ", *form, b"data", data
        _HEAD.pack_into(self._file, 0, *whole)
        with memoryview(self._file) as view:
            return b"".join((view[: _HEAD.size + size], silence))


def _peak(pcm: bytes | bytearray) -> float:
    samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
    return float(np.abs(samples.astype(np.int32)).max(initial=0))
