"""The sound of one turn, collected, and as a file (pure)."""

import struct

from repartee.engines.protocols import EngineError

LONGEST_S = 330  # a turn of the API is 15 MB of sound at most, which is 5.46 minutes

_SHORTEST_MS = 100  # the API refuses less; silence makes up for it
_HEAD = struct.Struct("<4sI4s4sIHHIIHH4sI")  # of a WAV file


class Turn:
    """Mono s16 sound of `rate` Hz as it comes."""

    def __init__(self, rate: int) -> None:
        self.sounds = 0  # chunks that are more than digital silence
        self._rate = rate
        # The file as it will be: minutes are too much to be copied about.
        self._file = bytearray(_HEAD.size)

    @property
    def ms(self) -> int:
        return (len(self._file) - _HEAD.size) * 500 // self._rate

    def hear(self, pcm: bytes) -> None:
        """More sound.  Raises EngineError where that is more than a turn has."""
        self._file += pcm
        self.sounds += pcm.count(0) < len(pcm)
        if self.ms > LONGEST_S * 1000:
            what = f"a turn of more than {LONGEST_S / 60:g} minutes cannot be transcribed"
            raise EngineError(what, "transcription_too_long")

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
