"""`repartee recordings`: what is recorded, and how it goes.  `repartee replay`: run it again."""

import argparse
import sys
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from datetime import time as clock_time
from pathlib import Path
from typing import Any

import msgspec

from repartee.recording.format import NotARecording, printable
from repartee.recording.opening import Unmakeable
from repartee.recording.shelf import Recorded, erase, folder_of, recorded
from repartee.settings import Recording, SettingsError


def keep(given: argparse.Namespace, settings: Recording) -> int:
    """List or erase; the exit status.  Raises SettingsError."""
    found = recorded(given.folder or folder_of(settings))
    if given.verb == "list":
        rows = [_row(each) for each in found]
        _print(msgspec.json.encode(rows).decode() if given.json else _table(rows))
        return 0
    try:
        return _erase(found, given)
    except OSError as error:
        raise SettingsError(f"{error.filename} cannot be deleted: {error.strerror}") from None


def replay(given: argparse.Namespace) -> int:
    """Run recordings again; the exit status: 1 where one differs, 2 where one cannot be run."""
    from repartee.recording.replay import replay as run_again

    status = 0
    for file in given.files:
        try:
            verdict = run_again(file)
        except (NotARecording, Unmakeable, SettingsError, OSError) as error:
            sys.stderr.write(f"repartee: {_fault(file, error)}\n")
            status = 2
            continue
        _print(msgspec.json.encode(verdict).decode() if given.json else str(verdict))
        status = max(status, 0 if verdict.is_good else 1)
    return status


def _fault(file: Path, error: Exception) -> str:
    if isinstance(error, NotARecording):
        return str(error)
    return f"{file}: {error.strerror if isinstance(error, OSError) else error}"


def _erase(found: Sequence[Recorded], given: argparse.Namespace) -> int:
    unknown: list[Path] = []
    if given.session is not None:
        chosen = [each for each in found if each.session == given.session]
    elif given.before is not None:
        midnight = datetime.combine(given.before, clock_time(), UTC).timestamp()
        chosen = [each for each in found if each.began < midnight]
    else:
        chosen = []
        for each in found:
            opened = each.opened()
            if opened is None:
                unknown.append(each.path)
            elif opened.safety_identifier == given.user:
                chosen.append(each)
    erased = erase(chosen)
    _print(f"{erased} recording{'' if erased == 1 else 's'} erased")
    for path in unknown:
        sys.stderr.write(f"repartee: whose {path} is cannot be read: it was left\n")
    return 1 if unknown else 0


def _row(each: Recorded) -> dict[str, Any]:
    opened = each.opened()
    return {
        "began": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(each.began)),
        "session": each.session,
        "bytes": each.bytes,
        "key": opened and opened.key,
        "model": opened and opened.model,
        "user": opened and opened.safety_identifier,
        "file": str(each.path),
    }


def _table(rows: Sequence[dict[str, Any]]) -> str:
    cells = [("BEGAN (UTC)", "SESSION", "MB", "KEY", "MODEL", "USER")]
    for row in rows:
        began = row["began"].replace("T", " ").removesuffix("Z")
        whose = (printable(row[name] or "-") for name in ("key", "model", "user"))
        cells.append((began, row["session"], f"{row['bytes'] / 1e6:.1f}", *whose))
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in cells
    )


def _print(text: str) -> None:
    sys.stdout.write(text + "\n")
