"""`repartee usage`: what has been used, by whom, and when."""

import argparse
import sys

from msgspec import json

from repartee.settings import SettingsError, Usage
from repartee.usage.report import Span, sums, table
from repartee.usage.store import database_file


def run(given: argparse.Namespace, settings: Usage) -> int:
    """Print it; the exit status.  Raises SettingsError."""
    file = database_file(settings.database)
    if file is None:
        raise SettingsError("no usage is recorded: usage.database is off")
    by = list(dict.fromkeys(given.by))
    lines = sums(file, by, Span(given.since, given.until))
    said = json.encode(lines).decode() if given.json else table(lines, by)
    sys.stdout.write(f"{said}\n")
    return 0
