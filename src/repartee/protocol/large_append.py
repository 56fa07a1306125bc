"""An append of megabytes, decoded a piece at a time, so that others have their turns meanwhile.

What is not plainly such an append is none of it here: it is decoded at once, as everything is, and
so every fault is found and told in one place.
"""

from typing import Any, Literal

import msgspec
from msgspec import Raw, Struct

from repartee.protocol.client import EventId, InputAudioBufferAppend

PIECE = 1024 * 1024  # characters of base64, a multiple of 4: less than a millisecond


class _Append(Struct, forbid_unknown_fields=True):
    """The same with its sound passed over."""

    type: Literal["input_audio_buffer.append"]
    audio: Raw
    event_id: EventId = None


_envelopes = msgspec.json.Decoder(_Append)
_sounds = msgspec.json.Decoder(bytes)
_FAULTS = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)


class LargeAppend:
    """One such message; see `large_append`."""

    def __init__(self, append: _Append, sound: memoryview) -> None:
        self._append = append
        self._sound = sound
        self._pieces: list[bytes] = []
        self._done = 0

    def go_on(self) -> InputAudioBufferAppend | None:
        """Decode the next piece; the event, once it is complete.  Raises ValueError if it is none.

        Then the whole message, decoded at once, tells why.
        """
        end = min(self._done + PIECE, len(self._sound))
        is_last = end == len(self._sound)
        try:
            piece = _sounds.decode(b'"' + self._sound[self._done : end] + b'"')
        except _FAULTS as fault:
            raise ValueError("no sound in base64") from fault
        if not is_last and len(piece) != PIECE // 4 * 3:  # padding, or an escaped character
            raise ValueError("no plain base64")
        self._pieces.append(piece)
        self._done = end
        if not is_last:
            return None
        return InputAudioBufferAppend(b"".join(self._pieces), self._append.event_id)


def large_append(message: bytes) -> LargeAppend | None:
    """An append, to be decoded piece by piece; None for any other message, and for a wrong one."""
    try:
        append: _Append = _envelopes.decode(message)
    except _FAULTS:
        return None
    sound: Any = memoryview(append.audio)
    return LargeAppend(append, sound[1:-1]) if sound[:1] == b'"' else None
