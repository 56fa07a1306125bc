"""What `repartee keys` understands; light, for every command reads it."""

import argparse
import math


def add_arguments(command: argparse.ArgumentParser) -> list[argparse.ArgumentParser]:
    """Declare what the command understands; its verbs, which take settings, too."""
    verbs = command.add_subparsers(required=True, metavar="VERB", dest="verb")
    create = verbs.add_parser("create", help="make a key and print it, this once")
    create.add_argument("name", type=_name, metavar="NAME", help="whom it is for")
    create.add_argument(
        "--record", action="store_true", help="have its sessions recorded, where any are"
    )
    _add_limits(create)
    shown = verbs.add_parser("list", help="show the keys that were made")
    shown.add_argument("--json", action="store_true", help="for programs")
    revoke = verbs.add_parser("revoke", help="refuse a key from now on")
    revoke.add_argument("key", metavar="ID|PREFIX", help="its id, or how it begins")
    return [create, shown, revoke]


def _add_limits(create: argparse.ArgumentParser) -> None:
    limits = create.add_argument_group("limits", "what is left out is not limited")
    limits.add_argument("--sessions", type=_count, metavar="N", help="sessions open at a time")
    limits.add_argument("--minutes", type=_length, metavar="N", help="length of a session")
    limits.add_argument(
        "--audio-seconds-per-day", type=_length, metavar="N", help="sound of users, a day of UTC"
    )
    limits.add_argument(
        "--tokens-per-day", type=_count, metavar="N", help="in and out, a day of UTC"
    )
    limits.add_argument(
        "--model",
        action="append",
        default=[],
        type=_pattern,
        metavar="PATTERN",
        help="a model that may be asked for, with * and ?; may be repeated",
    )
    limits.add_argument(
        "--lock",
        action="append",
        default=[],
        type=_field,
        metavar="FIELD",
        help="a field that clients may not change, as audio.output.voice; may be repeated",
    )


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise argparse.ArgumentTypeError("a name has at least one character, all printable")
    return text.strip()


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number of at least 1")
    return int(text)


def _length(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number greater than 0")
    return value


def _pattern(text: str) -> str:
    if not text.strip():
        raise argparse.ArgumentTypeError("a model's name is not empty")
    return text.strip()


def _field(text: str) -> str:
    from repartee.keys.limits import is_field  # knows the whole protocol

    path = text.removeprefix("session.")
    if not is_field(path):
        raise argparse.ArgumentTypeError(
            f"no field {text!r} in a session: name it as in session.update, with dots between"
        )
    return path
