"""What `repartee bench` understands; light, for every command reads it."""

import argparse
from collections.abc import Callable
from pathlib import Path


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument("url", metavar="URL", help="base URL, as in http://127.0.0.1:8000/v1")
    _add_server(command)
    _add_load(command)
    _add_search(command)
    command.add_argument("--json", type=Path, metavar="FILE", help="write the report as JSON")
    command.add_argument("--html", type=Path, metavar="FILE", help="write it as a page with plots")


def _add_server(command: argparse.ArgumentParser) -> None:
    command.add_argument("--model", default="gpt-realtime", help="model to ask for (%(default)s)")
    command.add_argument("--dialect", choices=("ga", "beta"), default="ga", help="(%(default)s)")
    command.add_argument(
        "--api-key-env",
        default="REPARTEE_API_KEY",
        metavar="NAME",
        help="environment variable that holds the key, if there is one (%(default)s)",
    )
    command.add_argument("--ca", type=Path, metavar="FILE", help="certificates to trust, PEM")
    command.add_argument("--insecure", action="store_true", help="trust any certificate")
    command.add_argument(
        "--pid",
        type=_number(int, 1),
        action="append",
        default=[],
        metavar="PID",
        help="process of the server, on this machine: tells what a session costs in CPU and "
        "memory, child processes included; may be repeated",
    )


def _add_load(command: argparse.ArgumentParser) -> None:
    for flag, kind, least, default, metavar, said in (
        ("--sessions", int, 1, 1, "N", "sessions at a time"),
        ("--seconds", float, 1, 20.0, "S", "how long turns are begun, once all are connected"),
        ("--chunk-ms", int, 5, 20, "MS", "milliseconds of sound a message"),
        ("--silence-ms", int, 0, 500, "MS", "silence that ends a turn: asked for, taken off lags"),
        ("--pause-ms", int, 0, 700, "MS", "between an answer's end and the next turn"),
        ("--patience", float, 1, 10.0, "S", "a turn not answered by then is lost"),
        ("--barge-in", int, 0, 0, "K", "speak into the answer of every K-th turn; 0: none"),
    ):
        command.add_argument(
            flag,
            type=_number(kind, least),
            default=default,
            metavar=metavar,
            help=f"{said} (%(default)s)",
        )
    command.add_argument(
        "--turns", type=_number(int, 1), metavar="N", help="turns of a session at most"
    )
    command.add_argument(
        "--wav",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="what is said; may be repeated (a sentence that comes along)",
    )
    command.add_argument(
        "--listening-only", action="store_true", help="turns are heard and get no answer"
    )


def _add_search(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--find-capacity",
        action="store_true",
        help="try ever more sessions instead, each time for --seconds, and tell how many are "
        "served as well as one",
    )
    command.add_argument(
        "--limit-ms",
        type=_number(float, 0),
        default=20.0,
        metavar="MS",
        help="how much later than with one session speech_stopped may come (%(default)g)",
    )
    command.add_argument(
        "--most", type=_number(int, 1), default=1000, metavar="N", help="sessions (%(default)s)"
    )


def _number(kind: Callable[[str], float], least: float) -> Callable[[str], float]:
    """Reads a number that is `least` or more."""

    def read(text: str) -> float:
        value = kind(text)
        if not least <= value < float("inf"):
            raise argparse.ArgumentTypeError(f"{text} is not {least:g} or more")
        return value

    return read
