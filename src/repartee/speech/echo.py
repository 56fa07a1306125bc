"""Echo cancellation: what the server itself has sent is taken from what it hears.

An agent that plays through a loudspeaker beside the microphone would otherwise hear itself, take
that for the user, and stop.  To cancel an echo one has to know what was played, and when.  The
first the server knows.  The second it does not: it takes everything to be played in turn from the
moment it is sent, by the clock of the microphone, whose sound comes in as fast as time goes by.
What that leaves unknown is one delay, which changes little, and which the canceller finds.
"""

import logging

from repartee.engines.protocols import EchoStream
from repartee.protocol.audio import Encoding, decoded_size, size
from repartee.speech.codec import Decoder

FRAME_BYTES = size(10)
LONGEST_BYTES = size(120_000)  # a client that is so far ahead sends no sound as time goes by

log = logging.getLogger(__name__)


class Playback:
    """What a client's loudspeaker has yet to play, as 24 kHz mono s16 PCM; two minutes at most."""

    def __init__(self) -> None:
        self._pcm = bytearray()
        self._encoding: Encoding = "audio/pcm"
        self._decode = Decoder(self._encoding)

    def add(self, sound: bytes, encoding: Encoding) -> None:
        """The next stretch, to be played after all others; what would be too much is left out."""
        if len(self._pcm) + decoded_size(len(sound), encoding) > LONGEST_BYTES:
            return
        if encoding != self._encoding:
            self._encoding, self._decode = encoding, Decoder(encoding)
        self._pcm += self._decode(sound)

    def take(self, length: int) -> bytes:
        """What is played within the next `length` bytes; silence where there is no more."""
        played = bytes(self._pcm[:length])
        del self._pcm[:length]
        return played.ljust(length, b"\0")

    def clear(self) -> None:
        """Nothing more is played."""
        self._pcm.clear()


class EchoCancellation:
    """Takes the echo from one stream of 24 kHz mono s16 PCM.

    It gives as much as it takes, at once; to that end the sound is 10 ms late, less a sample, and
    by what the canceller itself takes.  The answer does not depend on how the stream is cut.
    Where the canceller fails, the sound is left as it is; the first time is logged.
    """

    def __init__(self, stream: EchoStream) -> None:
        self._stream = stream
        self._playback = Playback()
        self._far = bytearray()  # what was played while the sound came in that is yet to be taken
        self._near = bytearray()  # from the beginning of the next frame on
        self._cancelled = bytearray(FRAME_BYTES - 2)  # what is not given yet
        self._failed = False

    def sent(self, sound: bytes, encoding: Encoding) -> None:
        """The client plays this as soon as it has played all that it was sent before."""
        self._playback.add(sound, encoding)

    def hushed(self) -> None:
        """The client has stopped playing."""
        self._playback.clear()

    def hears(self, length: int) -> None:
        """So many bytes came in; what is sent from now on is played after them."""
        self._far += self._playback.take(length)

    def __call__(self, pcm: bytes) -> bytes:
        """The next stretch, of any length, of what came in."""
        self._near += pcm
        while len(self._near) >= FRAME_BYTES:
            near, far = bytes(self._near[:FRAME_BYTES]), bytes(self._far[:FRAME_BYTES])
            del self._near[:FRAME_BYTES], self._far[:FRAME_BYTES]
            self._cancelled += self._cancel(near, far)
        given = bytes(self._cancelled[: len(pcm)])
        del self._cancelled[: len(pcm)]
        return given

    def _cancel(self, near: bytes, far: bytes) -> bytes:
        try:
            cancelled = self._stream.cancel(near, far)
            if len(cancelled) != len(near):
                raise ValueError(f"of {len(near)} bytes of sound {len(cancelled)} are left")
        except Exception:
            if not self._failed:
                log.exception("echo cancellation failed; the sound is left as it is")
            self._failed = True
            return near
        return cancelled
