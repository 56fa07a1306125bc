"""The file of a recording: entries one after another, so that it is whole up to wherever it ends.

A file begins with `MAGIC`.  Each entry is `_HEAD` (little-endian: the CRC-32 of all that follows
in the entry, the kind, the time in seconds of the event loop's clock, the lengths of text and
blob), then the text, JSON in UTF-8, and the blob, bytes as they are.

An input of the session (see `INPUTS`) is followed by what it led to, in order, all with its time.
"""

import os
import re
from collections.abc import Iterator
from enum import IntEnum
from math import isfinite
from pathlib import Path
from struct import Struct
from typing import BinaryIO, NamedTuple
from zlib import crc32

FORMAT = 1
MAGIC = b"repartee recording %d\n" % FORMAT
SUFFIX = ".repartee"

LONGEST_TEXT = 64 * 1024 * 1024
LONGEST_BLOB = 256 * 1024 * 1024

_HEAD = Struct("<IBdII")
_CHECKED = 4  # the checksum stands before what it is of
_WINDOW = 1024 * 1024


class Kind(IntEnum):
    """What an entry holds."""

    OPENING = 1
    """Of what the session was made (`opening.Opened`); the first entry, and the first input."""
    CLIENT = 2
    """A text frame of the client: the blob, as it came."""
    HEARD = 3
    """Sound of the user: the blob, 24 kHz mono s16 after noise reduction; the text tells `speech`,
    the probability of speech or null, and `event_id`."""
    FACT = 4
    """Anything else that happened: the text tells `type`, the name of a class in `session.inputs`
    or `Refused`, and its fields; of `Sounded` the blob is the sound, of `Refused` the field `type`
    is called `error_type`."""
    SAID = 5
    """A server event: the blob is its text frame, as the client got it."""
    ASKED = 6
    """A command: the text tells `name`, `ref` where it has one, a few facts, and `digest`."""
    LEFT = 7
    """The client was gone."""
    SPENT = 8
    """What the session was told when it asked whether anything is left for a response: the text is
    null, or why nothing is.  It stands right behind the input."""
    BROKEN = 9
    """The recording ends here, though the session goes on; the text tells the `reason`."""


INPUTS = frozenset({Kind.OPENING, Kind.CLIENT, Kind.HEARD, Kind.FACT, Kind.LEFT})
"""Kinds that begin a step of the session."""

_KNOWN = frozenset(Kind)
_KINDS = re.compile(b"[%s]" % b"".join(b"\\x%02x" % kind for kind in Kind))


class Entry(NamedTuple):
    """One entry; `offset` is where it begins in the file."""

    kind: Kind
    time: float
    text: bytes
    blob: bytes
    offset: int

    def __repr__(self) -> str:  # never what was said
        return f"Entry({self.kind.name}, {self.time:.3f}, at {self.offset})"


class Damage(NamedTuple):
    """Bytes that are no entry: a tail that was cut (`is_tail`), or a hole."""

    offset: int
    size: int
    is_tail: bool

    def __str__(self) -> str:
        if self.is_tail:
            return f"the last {self.size} bytes are lost: no whole entry from byte {self.offset} on"
        return f"{self.size} bytes are damaged, from byte {self.offset} on"


class NotARecording(ValueError):
    """A file of another kind, or of another format; the message says which."""


def printable(text: str) -> str:
    """Words of a client's as they may stand in a terminal: nothing in them controls it."""
    return "".join(sign if sign.isprintable() else "\N{REPLACEMENT CHARACTER}" for sign in text)


def pack(kind: Kind, time: float, text: bytes = b"", blob: bytes = b"") -> bytes:
    """One entry as it stands in the file.  Raises ValueError for one that nobody would read."""
    if len(text) > LONGEST_TEXT or len(blob) > LONGEST_BLOB:
        raise ValueError(f"an entry of {len(text)} and {len(blob)} bytes is too long")
    head = _HEAD.pack(0, kind, time, len(text), len(blob))[_CHECKED:]
    check = crc32(blob, crc32(text, crc32(head)))
    return b"".join((check.to_bytes(_CHECKED, "little"), head, text, blob))


def read(path: Path) -> Iterator[Entry | Damage]:
    """What a file holds, in order; behind a hole it goes on, a tail ends it.

    A file may be read while it is written.  Raises NotARecording, and OSError.
    """
    with path.open("rb") as file:
        _check_magic(path, file.read(len(MAGIC)))
        offset = len(MAGIC)
        while True:
            entry = _entry_at(file, offset)
            if entry is None:
                following = _next_whole(file, offset + 1)
                end = file.seek(0, 2) if following is None else following.offset
                if end > offset:
                    yield Damage(offset, end - offset, following is None)
                if following is None:
                    return
                entry = following
            yield entry
            offset = entry.offset + _HEAD.size + len(entry.text) + len(entry.blob)


def _check_magic(path: Path, found: bytes) -> None:
    if found == MAGIC:
        return
    if other := re.match(rb"repartee recording (\d+)", found):
        raise NotARecording(f"{path} has format {int(other[1])}; this version reads {FORMAT}")
    raise NotARecording(f"{path} is no recording")


def _entry_at(file: BinaryIO, offset: int) -> Entry | None:
    """The entry that begins here, if it is whole."""
    file.seek(offset)
    head = file.read(_HEAD.size)
    if len(head) < _HEAD.size:
        return None
    check, kind, time, text_size, blob_size = _HEAD.unpack(head)
    if kind not in _KNOWN or not isfinite(time):
        return None
    if text_size > LONGEST_TEXT or blob_size > LONGEST_BLOB:
        return None
    size = text_size + blob_size
    if offset + _HEAD.size + size > os.fstat(file.fileno()).st_size:
        return None
    rest = file.read(size)
    if crc32(rest, crc32(head[_CHECKED:])) != check:
        return None
    return Entry(Kind(kind), time, rest[:text_size], rest[text_size:], offset)


def _next_whole(file: BinaryIO, start: int) -> Entry | None:
    """The first entry that begins at `start` or behind it."""
    while True:
        file.seek(start + _CHECKED)
        window = file.read(_WINDOW)
        for found in _KINDS.finditer(window):
            if (entry := _entry_at(file, start + found.start())) is not None:
                return entry
        if len(window) < _WINDOW:
            return None
        start += len(window)
