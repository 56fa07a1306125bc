"""The folder of recordings: how files are called, which there are, and how they go.

A name is made of the time and the session's id alone, so that nothing of a client's reaches a
path.  Files are their owner's alone, and so is a folder that is made here.
"""

import os
import re
import time
from calendar import timegm
from collections.abc import Iterable, Iterator
from pathlib import Path

from msgspec import Struct

from repartee.recording.format import SUFFIX, Damage, NotARecording, read
from repartee.recording.opening import Opened, Unmakeable, read_opening
from repartee.settings import Recording, SettingsError

_TIME = "%Y%m%dT%H%M%SZ"
_NAME = re.compile(r"(\d{8}T\d{6}Z)-([A-Za-z0-9_]+)" + re.escape(SUFFIX))
_ID = re.compile(r"[A-Za-z0-9_]{1,100}")


class Recorded(Struct, frozen=True):
    """One file; `began` counts Unix seconds."""

    path: Path
    session: str
    began: int

    @property
    def bytes(self) -> int:
        """How long the file is; 0 where it is gone."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0

    def opened(self) -> Opened | None:
        """Of what its session was made; None where that cannot be read."""
        try:
            first = next(iter(read(self.path)), None)
            return None if first is None or isinstance(first, Damage) else read_opening(first.text)
        except (NotARecording, Unmakeable, OSError):
            return None


def name(session_id: str, began: float) -> str:
    """What a session's file is called.  Raises ValueError for an id that is not ours."""
    if not _ID.fullmatch(session_id):
        raise ValueError("no id of a session")
    return f"{time.strftime(_TIME, time.gmtime(began))}-{session_id}{SUFFIX}"


def folder_of(settings: Recording) -> Path:
    """The folder that the settings name.  Raises SettingsError where they name none."""
    if settings.folder is None:
        raise SettingsError("nothing is recorded: recording.folder names no folder")
    return Path(settings.folder).expanduser()


def make(folder: Path) -> None:
    """See to it that there is a folder that can be written.  Raises SettingsError."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise SettingsError(f"recording.folder {folder} cannot be made: {error.strerror}") from None
    if not os.access(folder, os.W_OK | os.X_OK):
        raise SettingsError(f"recording.folder {folder} cannot be written")


def recorded(folder: Path) -> list[Recorded]:
    """All recordings of a folder, the oldest first.  Raises SettingsError."""
    try:
        return sorted(_found(folder), key=lambda each: each.path.name)
    except FileNotFoundError:
        return []
    except OSError as error:
        raise SettingsError(f"recording.folder {folder} cannot be read: {error.strerror}") from None


def erase(recordings: Iterable[Recorded]) -> int:
    """Delete files; how many there were.  One that is being written ends there.  Raises OSError."""
    erased = 0
    for each in recordings:
        try:
            each.path.unlink()
        except FileNotFoundError:
            continue  # somebody else was quicker
        erased += 1
    return erased


def erase_before(folder: Path, before: float) -> int:
    """Delete what began before this Unix time; how many there were.  Raises OSError."""
    return erase(each for each in _found(folder) if each.began < before)


def _found(folder: Path) -> Iterator[Recorded]:
    for path in folder.iterdir():
        if found := _NAME.fullmatch(path.name):
            try:
                began = timegm(time.strptime(found[1], _TIME))
            except ValueError:
                continue  # a name like ours, but no time
            yield Recorded(path, found[2], began)
