"""What is refused unread: messages that would hold up every other session while they are decoded.

Decoding happens on the event loop and cannot be interrupted, so it is the size of a message and
the number of its values that are bounded.  Both are learnt by passing over the bytes, without
making anything of them.
"""

from collections.abc import Iterable, Iterator
from itertools import accumulate

import msgspec
from msgspec import Raw, Struct

from repartee.protocol import errors
from repartee.protocol.errors import Refused

LARGE_EVENTS = frozenset(
    {"input_audio_buffer.append", "conversation.item.create", "response.create"}
)
"""Events that carry sound, pictures or a history, and may be as long as a message."""

MOST_VALUES = 50_000  # of one message: some 10 ms to decode, and twenty times what histories have

_BACKSLASH = b"\\"
_CHUNK = 64 * 1024
_LONGEST_ID = 4096  # bytes of JSON that are read of an event's id
_LONGEST_TYPE = 64


class _Envelope(Struct):
    """The members every event has, passed over but not read."""

    type: Raw = Raw()
    event_id: Raw = Raw()


_envelopes = msgspec.json.Decoder(_Envelope)


def screen(message: bytes, most_bytes: int) -> Refused | None:
    """Why a message is not even decoded, if it is not; `most_bytes` binds what is no large event.

    A message within `most_bytes` is decoded whatever it holds.
    """
    if len(message) <= most_bytes:
        return None
    try:
        envelope = _envelopes.decode(message)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError):
        return errors.event_too_long(len(message), most_bytes, LARGE_EVENTS)
    event_id = _text(envelope.event_id, _LONGEST_ID)
    if _text(envelope.type, _LONGEST_TYPE) not in LARGE_EVENTS:
        refused = errors.event_too_long(len(message), most_bytes, LARGE_EVENTS)
    elif _crowded(message):
        refused = errors.too_many_values(MOST_VALUES)
    else:
        return None
    return msgspec.structs.replace(refused, event_id=event_id and event_id[:512])


def _text(raw: Raw, longest: int) -> str | None:
    """A string, unless it is something else, or longer than anything it could be."""
    if len(raw) > longest:
        return None
    try:
        return msgspec.json.decode(raw, type=str)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None


def _crowded(message: bytes) -> bool:
    """Whether a message, which is well-formed JSON, holds more than `MOST_VALUES` values.

    No more values are in it than commas and opening brackets; only those in strings do not count.
    """
    return _exceeds(map(_marks, _chunks(message))) and _exceeds(_marks_outside_strings(message))


def _exceeds(counts: Iterable[int]) -> bool:
    """Whether they come to more than `MOST_VALUES`; asks for no more of them than it needs."""
    return any(total > MOST_VALUES for total in accumulate(counts))


def _chunks(message: bytes) -> Iterator[bytes]:
    for start in range(0, len(message), _CHUNK):
        yield message[start : start + _CHUNK]


def _marks(text: bytes) -> int:
    return text.count(b",") + text.count(b"{") + text.count(b"[")


def _marks_outside_strings(message: bytes) -> Iterator[int]:
    """The marks of each chunk, without those in strings."""
    inside = 0
    torn = b""  # a backslash whose character is in the next chunk
    for chunk in _chunks(message):
        plain = (torn + chunk).replace(_BACKSLASH * 2, b"")
        torn = _BACKSLASH if plain.endswith(_BACKSLASH) else b""
        pieces = plain.removesuffix(torn).replace(_BACKSLASH + b'"', b"").split(b'"')
        yield _marks(b"".join(pieces[inside::2]))
        inside ^= len(pieces) - 1 & 1
