"""The sound on its way to a caller: queued as it is made, taken in frames as time goes by.

The law is that of `session.playback`: sound is played from when it is given, piece after piece
and in real time.  Frames begin every 20 ms, so that what the session believes to be heard and what
was sent differ by less than one.
"""

import numpy as np

RATE = 24_000
FRAME_MS = 20
FRAME_SAMPLES = RATE * FRAME_MS // 1000
_FRAME_BYTES = 2 * FRAME_SAMPLES
_SOFTLY = 10 ** (-12 / 20)


class Playout:
    """A caller's loudspeaker, for 24 kHz mono s16 PCM."""

    def __init__(self) -> None:
        self._sound = bytearray()
        self._gain = self._wanted = 1.0

    def play(self, pcm: bytes) -> None:
        """Play this behind all else."""
        self._sound += pcm

    def hush(self) -> None:
        """Play nothing of what is still to be played."""
        self._sound.clear()

    def duck(self, softly: bool) -> None:
        """Play more softly by 12 dB, or as loud as before; it takes a frame to get there."""
        self._wanted = _SOFTLY if softly else 1.0

    def frame(self) -> bytes:
        """The next 20 ms, silence where there is nothing to play: 480 samples."""
        pcm = bytes(self._sound[:_FRAME_BYTES])
        del self._sound[:_FRAME_BYTES]
        before, self._gain = self._gain, self._wanted
        if pcm and (before, self._gain) != (1.0, 1.0):
            samples = np.frombuffer(pcm, "<i2")
            ramp = np.linspace(before, self._gain, FRAME_SAMPLES)[: len(samples)]
            pcm = np.rint(samples * ramp).astype("<i2").tobytes()
        return pcm.ljust(_FRAME_BYTES, b"\0")
