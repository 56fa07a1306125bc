"""What `repartee engine` understands; light, for every command reads it."""

import argparse
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from repartee.settings import Assignment

ROLES = ("voice", "ears")

# Flags that are settings: what each sets, and what its help says.
_SETTINGS = {
    "--host": ("server.host", "ADDRESS", "address to listen on (127.0.0.1)"),
    "--port": ("server.port", "PORT", "port to listen on (8000; 0 picks a free one)"),
    "--api-key": ("server.api_key", "KEY", "key of clients; others see it, REPARTEE_API_KEY not"),
    "--tls-cert": ("server.tls_cert", "FILE", "certificate chain, PEM"),
    "--tls-key": ("server.tls_key", "FILE", "private key, PEM"),
    "--log-level": ("log.level", "LEVEL", "debug, info, warning or error"),
}


def add_engine(commands: Any) -> argparse.ArgumentParser:
    """Declare the command among the others; it takes settings, too."""
    command: argparse.ArgumentParser = commands.add_parser(
        "engine", help="serve a voice, or ears, to other programs"
    )
    command.add_argument(
        "engine",
        nargs="*",
        metavar="ROLE[=NAME]",
        help="as in voice=espeak-ng ears=pocketsphinx; none: both, as settings choose them",
    )
    for flag, (_, metavar, help_text) in _SETTINGS.items():
        command.add_argument(flag, metavar=metavar, help=help_text)
    command.add_argument(
        "--tls-self-signed",
        action="store_true",
        help="serve https with a certificate of its own",
    )
    command.set_defaults(run=_run)
    return command


def _run(given: argparse.Namespace) -> int:
    from repartee import settings
    from repartee.hosting import command
    from repartee.runtime import logs

    roles = [_role(word) for word in given.engine] or [*ROLES]
    said = [*_flags(given), *(settings.parse_set(each) for each in given.set)]
    loaded = settings.load(file=given.config, flags=said)
    logs.set_up(loaded.log)
    return command.run(loaded, roles)


def _role(word: str) -> str:
    """The role of which an engine is to be served.  Raises SettingsError."""
    from repartee.settings import SettingsError

    role, equals, name = word.partition("=")
    if role not in ROLES or bool(equals) != bool(name):
        raise SettingsError(f"{word}: name engines as in voice=espeak-ng ears=pocketsphinx")
    return role


def _flags(given: argparse.Namespace) -> list["Assignment"]:
    from repartee.settings import Assignment

    words = (word.partition("=") for word in given.engine)
    flags = [Assignment((role,), name, f"{role}={name}") for role, _, name in words if name]
    for flag, (key, *_) in _SETTINGS.items():
        value = getattr(given, flag.removeprefix("--").replace("-", "_"))
        if value is not None:
            flags.append(Assignment(tuple(key.split(".")), value, flag))
    if given.tls_self_signed:
        flags.append(Assignment(("server", "tls_self_signed"), "true", "--tls-self-signed"))
    return flags
