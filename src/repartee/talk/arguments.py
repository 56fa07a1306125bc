"""What `repartee talk` understands; light, for every command reads it."""

import argparse
from pathlib import Path


def add_arguments(command: argparse.ArgumentParser) -> None:
    """Declare what the command understands."""
    command.add_argument("question", nargs="?", type=Path, help="a WAV file; none: the microphone")
    command.add_argument("-o", "--output", type=Path, metavar="FILE", help="keep the answer (WAV)")
    where = command.add_mutually_exclusive_group()
    where.add_argument("--url", default="http://127.0.0.1:8000/v1", help="base URL (%(default)s)")
    where.add_argument("--local", action="store_true", help="start a server for this conversation")
    command.add_argument("--model", default="gpt-realtime", help="model to ask for (%(default)s)")
    command.add_argument("--api-key", metavar="KEY", help="default: $REPARTEE_API_KEY")
    command.add_argument("--ca", type=Path, metavar="FILE", help="certificates to trust, PEM")
    command.add_argument("--insecure", action="store_true", help="trust any certificate")
    command.add_argument(
        "--chunk-ms",
        type=int,
        choices=range(20, 101),
        default=40,
        metavar="20-100",
        help="milliseconds of sound a message (%(default)s)",
    )
