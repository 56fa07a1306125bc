"""What `repartee inspect` understands; light, for every command reads it."""

import argparse
from pathlib import Path


def add_inspect(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument("file", type=Path, metavar="FILE", help="a recording")
    command.add_argument("--json", action="store_true", help="for programs")
    command.add_argument(
        "--wav", type=Path, metavar="DIR", help="write both sides' sound there, alone and together"
    )
    command.set_defaults(run=_inspect)


def _inspect(given: argparse.Namespace) -> int:
    from repartee.recording.inspection import command

    return command.run(given)
