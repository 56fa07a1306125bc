"""What `repartee recordings` and `repartee replay` understand; light, for all commands read it."""

import argparse
from datetime import date
from pathlib import Path


def add_recordings(command: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Declare what the command understands; its verbs, which take settings, too."""
    verbs = command.add_subparsers(required=True, metavar="VERB", dest="verb")
    shown = verbs.add_parser("list", help="show what is recorded")
    shown.add_argument("--json", action="store_true", help="for programs")
    erase = verbs.add_parser("erase", help="delete recordings, also one that is being made")
    which = erase.add_mutually_exclusive_group(required=True)
    which.add_argument("--session", metavar="ID", help="that of one session")
    which.add_argument("--user", metavar="SAFETY_IDENTIFIER", help="those of one user")
    which.add_argument(
        "--before", type=date.fromisoformat, metavar="DATE", help="those begun before a day of UTC"
    )
    for verb in (shown, erase):
        verb.add_argument(
            "--folder", type=Path, metavar="FOLDER", help="where they are (recording.folder)"
        )
    return [shown, erase]


def add_replay(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a recording")
    command.add_argument("--json", action="store_true", help="for programs, a line for each file")
