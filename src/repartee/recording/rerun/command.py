"""`repartee replay --engines`: what a recorded user did, played to other engines, and compared."""

import argparse
import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from msgspec import json

from repartee.recording.format import NotARecording, read
from repartee.recording.inspection.following import inspect
from repartee.recording.opening import Unmakeable
from repartee.recording.rerun.comparison import Comparison, compare
from repartee.recording.rerun.session import rerun
from repartee.recording.rerun.table import table
from repartee.settings import Settings, SettingsError


def run(given: argparse.Namespace, settings: Settings) -> int:
    """Play each file, one after another; the exit status says only whether that could be done.

    Raises SettingsError, UnusableEngine, EngineError.
    """
    for file in given.files:
        try:
            compared = _compared(file, settings, given.keep, fast=given.fast)
        except (NotARecording, Unmakeable, ValueError) as error:
            raise SettingsError(str(error)) from None
        except OSError as error:
            raise SettingsError(f"{error.filename or file}: {error.strerror}") from None
        told = json.encode(compared).decode() if given.json else table(compared)
        sys.stdout.write(f"{told}\n")
        sys.stdout.flush()
    return 0


def _compared(file: Path, settings: Settings, keep: Path | None, *, fast: bool) -> Comparison:
    with TemporaryDirectory() as folder:
        kept = (keep or Path(folder)) / f"{file.stem}-again.repartee"
        if keep is not None:
            keep.mkdir(parents=True, exist_ok=True)
            kept.unlink(missing_ok=True)
        notes = asyncio.run(rerun(file, settings, kept, fast=fast))
        return compare(str(file), inspect(read(file)), inspect(read(kept)), notes, fast=fast)
