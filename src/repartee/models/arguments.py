"""What `repartee models` understands; light, for every command reads it."""

import argparse

ROLES = ("turn", "ears", "mind", "voice")


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument("--role", choices=ROLES, help="only models for this")
    command.add_argument("--language", metavar="CODE", help="only models that know it, as de")
    command.add_argument("--json", action="store_true", help="for programs")
    verbs = command.add_subparsers(metavar="VERB", dest="verb")
    pull = verbs.add_parser("pull", help="fetch a model from the hub, once its licences are shown")
    path = verbs.add_parser("path", help="print where a model lies")
    remove = verbs.add_parser("remove", help="delete a model from this machine")
    for verb in (pull, path, remove):
        verb.add_argument("name", metavar="NAME", help="as `repartee models` lists it")
    for verb in (pull, remove):
        verb.add_argument("--yes", action="store_true", help="do not ask")
