"""The body of a response as PCM: raw, or a WAV file whose header is read as it comes (pure).

Servers that stream WAV do not know its length when they write the header: sizes of 0 or near
the largest number stand for "until the end".
"""

import struct

_LONGEST_HEADER = 64 * 1024  # bytes before the sound
_UNKNOWN = 0x7FFF_0000  # sizes from here on, more than anybody says at once
_PCM, _EXTENSIBLE = 1, 0xFFFE  # format tags of WAVE


class UnreadableSound(ValueError):
    """The sound is of no kind that can be used; the message goes on after "sent"."""


class SoundStream:
    """Turns the bytes of one response into mono s16 PCM of `rate` Hz, whole samples at a time."""

    def __init__(self, rate: int) -> None:
        self.rate = rate  # unless a header says otherwise
        self._held = bytearray()
        self._in_header = True  # or before it is known whether there is one
        self._left: int | None = None  # bytes of sound that the header promised

    def feed(self, data: bytes) -> bytes:
        """The sound that `data` completes.  Raises UnreadableSound."""
        self._held += data
        if self._in_header:
            self._in_header = not self._begins()
        return b"" if self._in_header else self._take(len(self._held) // 2 * 2)

    def finish(self) -> None:
        """No more follows.  Raises UnreadableSound where the sound had not begun."""
        if self._in_header and self._held.startswith(b"RIFF"):
            raise UnreadableSound("a WAV file that ends before its sound")

    def _take(self, size: int) -> bytes:
        if self._left is not None:
            size = min(size, self._left)
            self._left -= size
        taken = bytes(self._held[:size])
        del self._held[:size]
        return taken

    def _begins(self) -> bool:
        """Whether what is held now begins with sound, the header read and taken away."""
        if len(self._held) < 4:
            return False
        if not self._held.startswith(b"RIFF"):
            return True
        if len(self._held) > _LONGEST_HEADER:
            raise UnreadableSound("a WAV file without sound")
        place = 12
        while place + 8 <= len(self._held):
            name, size = struct.unpack_from("<4sI", self._held, place)
            place += 8
            if name == b"data":
                self._left = size if 0 < size < _UNKNOWN else None
                del self._held[:place]
                return True
            if name == b"fmt " and place + 16 <= len(self._held):
                self._read_format(place)
            place += size + size % 2
        return False

    def _read_format(self, place: int) -> None:
        kind, channels, rate, _, _, bits = struct.unpack_from("<HHIIHH", self._held, place)
        if kind not in (_PCM, _EXTENSIBLE) or channels != 1 or bits != 16:
            raise UnreadableSound(
                f"a WAV file of format {kind} with {channels} channels of {bits} bits: "
                "it must be 16-bit PCM with one channel"
            )
        self.rate = rate
