"""What `repartee conformance` understands; light, for every command reads it."""

import argparse
from pathlib import Path

from repartee.conformance.behaviours import AREAS

DIALECTS = ("ga", "beta", "transcription")
EXTRAS = ("azure",)
"""Dialects that are played only when they are asked for by name."""


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument("url", metavar="URL", help="base URL, as in http://127.0.0.1:8000/v1")
    command.add_argument("--api-key", metavar="KEY", help="default: $REPARTEE_API_KEY")
    command.add_argument("--model", default="gpt-realtime", help="model to ask for (%(default)s)")
    command.add_argument("--ca", type=Path, metavar="FILE", help="certificates to trust, PEM")
    command.add_argument("--insecure", action="store_true", help="trust any certificate")
    command.add_argument("--dialect", choices=(*DIALECTS, "all", *EXTRAS), default="all")
    command.add_argument(
        "--only", metavar="B053,B1*", help="behaviours or names of cases, with * and ?"
    )
    command.add_argument("--area", choices=AREAS, metavar="AREA", help=", ".join(AREAS))
    command.add_argument(
        "--timeout",
        type=_seconds,
        default=15.0,
        metavar="S",
        help="seconds to wait for an event; what has not come by then fails (%(default)g)",
    )
    command.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    command.add_argument("--junit", type=Path, metavar="FILE", help="write it as JUnit's XML")


def _seconds(text: str) -> float:
    value = float(text)
    if not value > 0:
        raise ValueError(text)
    return value
