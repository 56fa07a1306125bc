"""The `repartee` command: serve, talk, engine, models, usage, keys, check, conformance, bench …

Each command imports what it needs when it is run.  What a person can put right is told in one
line on stderr, with exit status 2.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from repartee import __version__

if TYPE_CHECKING:
    from repartee.models.choosing import Picked
    from repartee.settings import Assignment, Settings

# Flags that are settings: what each sets, and what its help says.
_SETTINGS = {
    "--host": ("server.host", "ADDRESS", "address to listen on (127.0.0.1)"),
    "--port": ("server.port", "PORT", "port to listen on (8000; 0 picks a free one)"),
    "--llm": ("mind.url", "URL", "base URL of an OpenAI-compatible language model"),
    "--llm-model": ("mind.model", "NAME", "the model to ask for there"),
    "--llm-api-key-env": ("mind.api_key_env", "NAME", "environment variable that holds its key"),
    "--ears": ("ears", "ENGINE", "speech recognition"),
    "--mind": ("mind", "ENGINE", "language model"),
    "--voice": ("voice", "ENGINE", "speech synthesis"),
    "--echo": ("echo", "ENGINE", "echo cancellation"),
    "--vad": ("vad", "ENGINE", "voice activity detection"),
    "--turn": ("turn", "ENGINE", "whether a pause ends a turn"),
    "--tls-cert": ("server.tls_cert", "FILE", "certificate chain, PEM"),
    "--tls-key": ("server.tls_key", "FILE", "private key, PEM"),
    "--record": ("recording.folder", "FOLDER", "record the sessions there, word for word"),
    "--log-level": ("log.level", "LEVEL", "debug, info, warning or error"),
}
_REPLACED_BY = {
    "echo": "--echo webrtc",
    "vad": "--vad ENGINE",
    "turn": "--turn ENGINE",
    "ears": "--ears ENGINE",
    "mind": "--llm http://127.0.0.1:11434/v1 --llm-model qwen3",
    "voice": "--voice ENGINE",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; the answer is its exit status."""
    # Before numpy is imported: its threads would spin on every core for matrices this small.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    given = parser().parse_args(arguments)
    try:
        status: int = given.run(given)
    except KeyboardInterrupt:
        return 130
    except _expected_errors() as error:
        sys.stderr.write(f"repartee: {error}\n")
        return 2
    return status


def _expected_errors() -> tuple[type[Exception], ...]:
    # Asked for only once something has gone wrong, so that nobody waits for these imports.
    from repartee.bench import BenchError
    from repartee.engines.protocols import EngineError
    from repartee.engines.registry import UnusableEngine
    from repartee.keys.database import StoreError
    from repartee.keys.store import KeyNotFound
    from repartee.settings import SettingsError
    from repartee.talk import TalkError
    from repartee.transports.client import Unreachable

    return (
        *(BenchError, EngineError, KeyNotFound, SettingsError, StoreError),
        *(TalkError, Unreachable, UnusableEngine),
    )


def parser() -> argparse.ArgumentParser:
    """What the command understands."""
    from repartee.hosting.arguments import add_engine
    from repartee.recording.arguments import add_recording

    whole = argparse.ArgumentParser(
        prog="repartee", description="A self-hosted server for the OpenAI Realtime API."
    )
    whole.add_argument("--version", action="version", version=f"repartee {__version__}")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    _add_serve(commands.add_parser("serve", help="run the server"))
    _add_talk(commands.add_parser("talk", help="speak a WAV file, or the microphone, to a server"))
    _add_settings(add_engine(commands))
    _add_models(commands.add_parser("models", help="list models, fetch and find them"))
    _add_engines(commands.add_parser("engines", help="list the engines that can be chosen"))
    _add_usage(commands.add_parser("usage", help="sum up what has been used"))
    _add_keys(commands.add_parser("keys", help="make, list and revoke API keys"))
    for command in add_recording(commands):
        _add_settings(command)
    _add_check(commands.add_parser("check", help="see whether an engine keeps the rules"))
    _add_conformance(commands.add_parser("conformance", help="judge a Realtime server"))
    _add_bench(commands.add_parser("bench", help="load a Realtime server and measure it"))
    return whole


def _add_settings(command: argparse.ArgumentParser) -> None:
    command.add_argument("--config", type=Path, metavar="FILE", help="settings (repartee.toml)")
    command.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any setting, as in session.silence_duration_ms=200; may be repeated",
    )


def _load_settings(
    given: argparse.Namespace,
    flags: Sequence["Assignment"] = (),
    preset: Sequence["Assignment"] = (),
) -> "Settings":
    from repartee import settings

    flags = [*flags, *(settings.parse_set(each) for each in given.set)]
    return settings.load(file=given.config, flags=flags, preset=preset)


# --- serve -----------------------------------------------------------------------------------


def _add_serve(command: argparse.ArgumentParser) -> None:
    _add_settings(command)
    command.add_argument(
        "--preset",
        metavar="NAME",
        help="engines that go together: offline, laptop, gpu, cloud or bench",
    )
    for flag, (_, metavar, help_text) in _SETTINGS.items():
        command.add_argument(flag, metavar=metavar, help=help_text)
    command.add_argument(
        "--tls-self-signed",
        action="store_true",
        help="serve https with a certificate of its own",
    )
    command.set_defaults(run=_serve)


def _serve(given: argparse.Namespace) -> int:
    flags = _flags(given)
    picked = _pick(given, flags)
    settings = _load_settings(given, flags, picked.assignments if picked else ())

    from repartee.runtime import logs
    from repartee.server import app

    logs.set_up(settings.log)
    more = picked.lines if picked else []
    return app.run(settings, ready=lambda url: _say("\n".join([_banner(settings, url), *more])))


def _pick(given: argparse.Namespace, flags: Sequence["Assignment"]) -> "Picked | None":
    """What the preset comes to, where one is asked for."""
    if given.preset is None:
        return None
    from repartee import settings
    from repartee.models import choosing

    flags = [*flags, *(settings.parse_set(each) for each in given.set)]
    said = settings.said_of_roles(file=given.config, flags=flags)
    return choosing.pick(given.preset, said, os.environ)


def _flags(given: argparse.Namespace) -> list["Assignment"]:
    from repartee.settings import Assignment

    flags = []
    for flag, (key, *_) in _SETTINGS.items():
        value = getattr(given, flag.removeprefix("--").replace("-", "_"))
        if value is not None:
            flags.append(Assignment(tuple(key.split(".")), value, flag))
    if given.mind is None and any(flag.source.startswith("--llm") for flag in flags):
        flags.append(Assignment(("mind",), "openai", "--llm"))
    if given.tls_self_signed:
        flags.append(Assignment(("server", "tls_self_signed"), "true", "--tls-self-signed"))
    return flags


def _banner(settings: "Settings", url: str) -> str:
    """What a person needs to know once the server is ready."""
    lines = [f"repartee {__version__} is ready: {url}"]
    for role, replacement in _REPLACED_BY.items():
        engine = getattr(settings, role).engine
        lines.append(f"  {role:<6} {engine:<16} another: {replacement}")
    lines.append("`repartee engines` lists what is installed.")
    if settings.server.playground:
        lines.append(f"Talk to it in a browser: {url.removesuffix('v1')}")
    return "\n".join(lines)


# --- models ----------------------------------------------------------------------------------


def _add_models(command: argparse.ArgumentParser) -> None:
    from repartee.models.arguments import add_arguments

    add_arguments(command)
    command.set_defaults(run=_models)


def _models(given: argparse.Namespace) -> int:
    from repartee.models import command

    return command.run(given)


# --- usage -----------------------------------------------------------------------------------


def _add_usage(command: argparse.ArgumentParser) -> None:
    from repartee.usage.arguments import add_arguments

    _add_settings(command)
    add_arguments(command)
    command.set_defaults(run=_usage)


def _usage(given: argparse.Namespace) -> int:
    settings = _load_settings(given)

    from repartee.usage import command

    return command.run(given, settings.usage)


# --- engines ---------------------------------------------------------------------------------


def _add_engines(command: argparse.ArgumentParser) -> None:
    _add_settings(command)
    command.add_argument("--json", action="store_true", help="for programs")
    command.set_defaults(run=_engines)


def _engines(given: argparse.Namespace) -> int:
    settings = _load_settings(given)

    from repartee.engines import command

    return command.run(given, settings)


# --- check -----------------------------------------------------------------------------------


def _add_check(command: argparse.ArgumentParser) -> None:
    _add_settings(command)
    command.add_argument("engine", metavar="ROLE=NAME", help="as in voice=espeak-ng")
    command.set_defaults(run=_check)


def _check(given: argparse.Namespace) -> int:
    import asyncio

    return asyncio.run(_judge(given))


async def _judge(given: argparse.Namespace) -> int:
    from repartee.conformance import engines
    from repartee.engines import registry
    from repartee.settings import Assignment

    role_name, _, name = given.engine.partition("=")
    role = registry.as_role(role_name)
    settings = _load_settings(given, [Assignment((role,), name, given.engine)])
    engine = registry.make(role, name, getattr(settings, role).options)
    broken = 0
    try:
        if hasattr(engine, "open"):
            await engine.open()
        for check in engines.CHECKS[role]:
            problem = await engines.judge(check, engine)
            broken += bool(problem)
            _say(f"{'BROKEN' if problem else 'kept':<8}{engines.rule(check)}  {problem}".rstrip())
    finally:
        if hasattr(engine, "close"):
            await engine.close()
    return 1 if broken else 0


# --- keys ------------------------------------------------------------------------------------


def _add_keys(command: argparse.ArgumentParser) -> None:
    from repartee.keys.arguments import add_arguments

    for verb in add_arguments(command):
        _add_settings(verb)
    command.set_defaults(run=_keys)


def _keys(given: argparse.Namespace) -> int:
    settings = _load_settings(given)

    from repartee.keys import command

    return command.run(given, settings.keys)


# --- conformance -----------------------------------------------------------------------------


def _add_conformance(command: argparse.ArgumentParser) -> None:
    from repartee.conformance.play.arguments import add_arguments

    add_arguments(command)
    command.set_defaults(run=_conformance)


def _conformance(given: argparse.Namespace) -> int:
    from repartee.conformance.play import command

    return command.run(given)


# --- bench -----------------------------------------------------------------------------------


def _add_bench(command: argparse.ArgumentParser) -> None:
    from repartee.bench.arguments import add_arguments

    add_arguments(command)
    command.set_defaults(run=_bench)


def _bench(given: argparse.Namespace) -> int:
    from repartee.bench import command

    return command.run(given)


# --- talk ------------------------------------------------------------------------------------


def _add_talk(command: argparse.ArgumentParser) -> None:
    from repartee.talk.arguments import add_arguments

    add_arguments(command)
    command.set_defaults(run=_talk)


def _talk(given: argparse.Namespace) -> int:
    from repartee.talk import command

    return command.run(given)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()  # times are told as they happen, also through a pipe


if __name__ == "__main__":
    sys.exit(main())
