"""What `repartee usage` understands; light, for every command reads it."""

import argparse
from datetime import date

GROUPS = ("key", "day", "model", "session")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument(
        "--by",
        action="append",
        default=[],
        choices=GROUPS,
        help="a line for each of these; may be repeated",
    )
    for flag, which in (("--since", "first"), ("--until", "last")):
        command.add_argument(
            flag, type=date.fromisoformat, metavar="DATE", help=f"the {which} day, as 2026-01-31"
        )
    command.add_argument("--json", action="store_true", help="for programs")
