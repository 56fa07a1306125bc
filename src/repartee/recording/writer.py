"""Recordings on their way to their files: a thread writes what the event loop has left for it.

A process has one such thread.  It writes twice a second, so that a process that is killed loses no
more than a second, and at the end.  Where a file cannot be written, its recording ends with a line
in the log, and the session goes on.
"""

import logging
import os
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from errno import ENOENT
from functools import partial
from math import inf
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple

import msgspec

from repartee.recording.facts import write_command, write_input
from repartee.recording.format import MAGIC, Kind, pack
from repartee.recording.opening import Opened
from repartee.recording.shelf import erase_before
from repartee.session.commands import Command
from repartee.session.inputs import Input

log = logging.getLogger(__name__)

FLUSH_S = 0.5
URGENT = 4 * 1024 * 1024  # bytes that do not wait so long
MOST = 64 * 1024 * 1024  # bytes that may wait for a disk; then recordings end
CLOSE_S = 5.0  # a disk that hangs does not keep the server from ending
DAY_S = 86_400.0

_MANY = 1000  # entries that are written at once
_ITEM = 400  # bytes of memory that anything takes, about
# After so many entries the thread gives way: else the event loop would wait for Python's lock,
# which is taken from a busy thread every 5 ms only.  Where much waits, it no longer does.
_GIVE_WAY = 20
_encode = msgspec.json.encode


class Plain(NamedTuple):
    """An entry that is written as it stands."""

    kind: Kind
    text: bytes = b""
    blob: bytes = b""


Thing = Opened | Input | Command | Plain
"""What an entry is made of, in the thread; it does not change any more."""


class Tape:
    """One session's recording.

    `ended` tells those who record that no more of it is wanted, `closed` the thread.
    """

    def __init__(self, path: Path, session_id: str) -> None:
        self.session_id = session_id
        self.ended = self.closed = False
        self._path = path
        self._file: int | None = None
        self._chunk: list[bytes] = [MAGIC]
        self._size = 0  # of what is whole in the file

    # In the thread

    def take(self, now: float, thing: Thing) -> None:
        """Make an entry of it; a long chunk is written at once.  Raises OSError, ValueError."""
        self._chunk.append(pack(*_entry(now, thing)))
        if len(self._chunk) >= _MANY:
            self.flush()

    def flush(self) -> None:
        """Write the chunk.  Raises OSError."""
        data, self._chunk = b"".join(self._chunk), []
        if not data:
            return
        if self._file is None:
            self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        elif os.fstat(self._file).st_nlink == 0:
            raise FileNotFoundError(ENOENT, "it was erased")
        left = memoryview(data)
        while left:
            left = left[os.write(self._file, left) :]
        self._size += len(data)

    def give_up(self, reason: str, now: float) -> None:
        """End with what is whole and, if there is room for it, the reason."""
        log.warning("recording ended: %s", reason, extra={"session": self.session_id})
        if self._file is not None:
            mark = pack(Kind.BROKEN, now, _encode({"reason": reason}))
            with suppress(OSError):
                os.ftruncate(self._file, self._size)
                os.lseek(self._file, self._size, os.SEEK_SET)
                os.write(self._file, mark if self._size else MAGIC + mark)
        self.close()

    def close(self) -> None:
        """Take no more."""
        self.ended = self.closed = True
        self._chunk.clear()
        if self._file is not None:
            with suppress(OSError):  # what was written is written
                os.close(self._file)
            self._file = None


class _Waiting(NamedTuple):
    tape: Tape
    now: float
    thing: Thing | str | None  # or the end of the tape, and why it comes too early
    size: int


class Writer:
    """Writes the tapes of a process, and deletes from `folder` what is older than `keep_s`.

    `open`, `put`, `end` and `close` belong to the event loop's thread.
    """

    def __init__(
        self,
        folder: Path,
        keep_s: float | None = None,
        *,
        flush_s: float = FLUSH_S,
        most: int = MOST,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._folder, self._keep_s = folder, keep_s
        self._flush_s, self._most, self._clock = flush_s, most, clock
        self._queue: deque[_Waiting] = deque()
        self._put = self._taken = 0  # bytes; each is counted by one thread alone
        self._news, self._urgent = Event(), Event()
        self._closing = False
        self._open: dict[Tape, float] = {}  # when each was told last
        self._swept = -inf
        self._thread = Thread(target=self._run, name="recording", daemon=True)

    def open(self) -> None:
        """Begin to write."""
        self._thread.start()

    def close(self) -> None:
        """Write what is left, and end."""
        self._closing = True
        self._news.set()
        self._urgent.set()
        self._thread.join(CLOSE_S)

    def put(self, tape: Tape, now: float, thing: Thing, size: int = 0) -> None:
        """Leave something for the thread; it keeps `size` bytes of memory until then.

        Where too much waits, the tape ends.
        """
        if self._put - self._taken + size > self._most:
            tape.ended = True
            self._leave(_Waiting(tape, now, "it cannot be written fast enough", _ITEM))
        else:
            self._leave(_Waiting(tape, now, thing, size + _ITEM))

    def end(self, tape: Tape, now: float) -> None:
        """Nothing follows of this tape."""
        tape.ended = True
        self._leave(_Waiting(tape, now, None, _ITEM))

    def _leave(self, waiting: _Waiting) -> None:
        self._queue.append(waiting)
        self._put += waiting.size
        if not self._news.is_set():
            self._news.set()
        if self._put - self._taken > URGENT:
            self._urgent.set()

    # In the thread

    def _run(self) -> None:
        closing = False
        while not closing:
            self._sweep()
            self._news.wait(DAY_S)
            self._urgent.wait(self._flush_s)
            self._urgent.clear()
            self._news.clear()
            closing = self._closing  # asked first: what was left before it is written
            self._write()
        for tape in self._open:
            tape.close()

    def _write(self) -> None:
        """Write all that waits."""
        for count in range(len(self._queue)):
            tape, now, thing, size = self._queue.popleft()
            self._taken += size
            self._open[tape] = now
            self._attempt(tape, partial(_follow, tape, now, thing))
            if count % _GIVE_WAY == 0 and self._put - self._taken < URGENT:
                time.sleep(0)
        for tape in [*self._open]:
            self._attempt(tape, tape.flush)
            if tape.closed:
                del self._open[tape]

    def _attempt(self, tape: Tape, work: Callable[[], None]) -> None:
        """What goes wrong ends this tape alone."""
        try:
            work()
        except OSError as error:
            tape.give_up(error.strerror or str(error), self._open[tape])
        except Exception:
            log.exception("a recording failed")
            with suppress(OSError):
                tape.flush()
            tape.give_up("an error of the server's", self._open[tape])

    def _sweep(self) -> None:
        """Once a day, delete what is too old."""
        now = time.monotonic()
        if self._keep_s is None or now - self._swept < DAY_S:
            return
        self._swept = now
        try:
            if erased := erase_before(self._folder, self._clock() - self._keep_s):
                log.info("recordings deleted", extra={"count": erased})
        except OSError as error:
            log.warning("old recordings cannot be deleted: %s", error)


def _follow(tape: Tape, now: float, thing: Thing | str | None) -> None:
    if tape.closed:
        return
    if thing is None or isinstance(thing, str):
        tape.flush()
        tape.close() if thing is None else tape.give_up(thing, now)
    else:
        tape.take(now, thing)


def _entry(now: float, thing: Thing) -> tuple[Kind, float, bytes, bytes]:
    if isinstance(thing, Plain):
        return thing.kind, now, thing.text, thing.blob
    if isinstance(thing, Opened):
        return Kind.OPENING, now, _encode(thing), b""
    if isinstance(thing, Command):
        return Kind.ASKED, now, write_command(thing), b""
    kind, text, blob = write_input(thing)
    return kind, now, text, blob
