"""What `repartee recordings` and `repartee replay` understand; light, for all commands read it."""

import argparse
from datetime import date
from pathlib import Path
from typing import Any

from repartee.recording.inspection.arguments import add_inspect


def add_recording(commands: Any) -> list[argparse.ArgumentParser]:
    """Declare the commands among the others; those that are given back take settings, too."""
    verbs = _add_recordings(commands.add_parser("recordings", help="list and erase recordings"))
    replay = commands.add_parser("replay", help="run a recorded session again, and compare")
    _add_replay(replay)
    add_inspect(commands.add_parser("inspect", help="look at a recorded session, turn by turn"))
    return [*verbs, replay]


def _add_recordings(command: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
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
    command.set_defaults(run=_recordings)
    return [shown, erase]


def _add_replay(command: argparse.ArgumentParser) -> None:
    command.add_argument("files", nargs="+", type=Path, metavar="FILE", help="a recording")
    command.add_argument("--json", action="store_true", help="for programs, a line for each file")
    command.add_argument(
        "--engines",
        action="store_true",
        help="play what the user did to the engines of the settings, in real time, and compare",
    )
    command.add_argument(
        "--fast", action="store_true", help="with --engines: in haste, and only words are compared"
    )
    command.add_argument(
        "--keep", type=Path, metavar="FOLDER", help="with --engines: record the new session there"
    )
    command.set_defaults(run=_replay)


def _recordings(given: argparse.Namespace) -> int:
    from repartee import settings
    from repartee.recording import command

    flags = [settings.parse_set(each) for each in given.set]
    return command.keep(given, settings.load(file=given.config, flags=flags).recording)


def _replay(given: argparse.Namespace) -> int:
    from repartee import settings
    from repartee.recording import command

    if not given.engines:
        return command.replay(given)
    from repartee.recording.rerun import command as rerun

    flags = [settings.parse_set(each) for each in given.set]
    return rerun.run(given, settings.load(file=given.config, flags=flags))
