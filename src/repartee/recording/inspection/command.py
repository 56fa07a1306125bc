"""`repartee inspect`: what happened in a recorded session, turn by turn."""

import argparse
import shutil
import sys

from msgspec import json

from repartee.recording.format import NotARecording, read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.tracks import Tracks, write
from repartee.recording.inspection.waterfall import session
from repartee.settings import SettingsError


def run(given: argparse.Namespace) -> int:
    """Print it; the exit status.  Raises SettingsError."""
    tracks = Tracks() if given.wav else None
    try:
        inspection = inspect(read(given.file), tracks)
        written = write(given.wav, given.file.stem, tracks) if tracks else []
    except OSError as error:
        raise SettingsError(f"{error.filename or given.file}: {error.strerror}") from None
    except NotARecording as error:
        raise SettingsError(str(error)) from None
    except ValueError as error:
        raise SettingsError(f"{given.file}: {error}") from None
    if given.json:
        sys.stdout.write(json.encode(inspection).decode() + "\n")
        return 0
    sys.stdout.write(session(inspection, shutil.get_terminal_size((100, 0)).columns) + "\n")
    for path in written:
        sys.stdout.write(f"Written: {path}\n")
    return 0
