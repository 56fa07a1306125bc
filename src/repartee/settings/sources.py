"""Where settings come from: a TOML file, then REPARTEE_* variables, then flags; the later wins.

A preset, where one is asked for, comes before them all.

The file is `repartee.toml` in the working directory, or the one that `--config` or
REPARTEE_CONFIG names.  Variables write the dots of a key as two underscores
(REPARTEE_SERVER__PORT); REPARTEE_HOST, REPARTEE_PORT and REPARTEE_API_KEY are short for the
server's.  A role is given either an engine's name (REPARTEE_MIND=openai) or, key by key, `engine`
and the options of that engine (REPARTEE_MIND__URL).  What is said of one model stands in the file
or in flags: its name seldom is one that a variable can have.
"""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from repartee.settings.draft import Assignment, Draft, SettingsError
from repartee.settings.keys import ROLES
from repartee.settings.server import Server
from repartee.settings.tree import Settings

_Leaf = tuple[tuple[str, ...], Any]

_DOT = re.compile(r'\.(?=(?:[^"]*"[^"]*")*[^"]*$)')  # the names of models have dots, in quotes

_SHORT_NAMES = {
    "api_key": ("server", "api_key"),
    "host": ("server", "host"),
    "port": ("server", "port"),
}

# The first names the file itself; the others tell the tests where recordings and a model lie, and
# how far to go.
_NOT_SETTINGS = {"REPARTEE_CONFIG", "REPARTEE_SHARED", "REPARTEE_SMART_TURN", "REPARTEE_FUZZ"}

# Kubernetes sets these in every pod beside a Service called "repartee"; they are not meant for us.
_SERVICE_LINK = re.compile(
    r"REPARTEE_(SERVICE_(HOST|PORT)\w*|PORT_\d+_\w+)=.*|REPARTEE_PORT=tcp:.*"
)


def parse_set(argument: str) -> Assignment:
    """Read the argument of `--set`, as in `server.port=8123`.  Raises SettingsError.

    The name of a model stands in quotes if it has dots: `models."gpt-4.1".mind=openai`.
    """
    name, equals, value = argument.partition("=")
    if not equals or not name.strip():
        raise SettingsError(f"--set {argument}: write it as section.key=value")
    path = tuple(part.strip().strip('"') for part in _DOT.split(name))
    return Assignment(path, value.strip(), f"--set {name.strip()}")


def load(
    *,
    file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    flags: Sequence[Assignment] = (),
    preset: Sequence[Assignment] = (),
) -> Settings:
    """The settings in force.  Raises SettingsError."""
    draft = Draft()
    for layer in (preset, *_said(file, environ, flags)):
        draft.take(layer)
    settings = draft.settings()
    _check_together(settings.server)
    return settings


def said_of_roles(
    *,
    file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    flags: Sequence[Assignment] = (),
) -> dict[str, set[str]]:
    """What is said of each role at the top: `engine`, and options.  Raises SettingsError."""
    said: dict[str, set[str]] = {role: set() for role in ROLES}
    for layer in _said(file, environ, flags):
        for assignment in layer:
            role, *option = assignment.path
            if role in said:
                said[role].add(option[0] if option else "engine")
    return said


def _said(
    file: Path | None, environ: Mapping[str, str], flags: Sequence[Assignment]
) -> tuple[Sequence[Assignment], ...]:
    """What each source says, the weakest first."""
    return _from_file(_find_file(file, environ)), _from_environment(environ), flags


def _find_file(file: Path | None, environ: Mapping[str, str]) -> Path | None:
    named = file or (Path(environ["REPARTEE_CONFIG"]) if environ.get("REPARTEE_CONFIG") else None)
    if named is None:
        usual = Path("repartee.toml")
        return usual if usual.is_file() else None
    if not named.is_file():
        raise SettingsError(f"there is no settings file {named}")
    return named


def _from_file(file: Path | None) -> list[Assignment]:
    if file is None:
        return []
    try:
        tree = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    return [Assignment(path, leaf, str(file), text=False) for path, leaf in _leaves(tree)]


def _leaves(tree: Mapping[str, Any], above: tuple[str, ...] = ()) -> Iterator[_Leaf]:
    """The values of a file, each with its path.

    A table may itself be a value, that of an engine's option: only sections and roles are taken
    apart, and those of each model.
    """
    depth = 4 if above[:1] == ("models",) else 2
    for key, value in tree.items():
        path = (*above, key)
        if isinstance(value, dict) and len(path) < depth:
            yield from _leaves(value, path)
        else:
            yield path, value


def _from_environment(environ: Mapping[str, str]) -> list[Assignment]:
    found = []
    for variable, value in environ.items():
        name = variable.removeprefix("REPARTEE_")
        linked = _SERVICE_LINK.fullmatch(f"{variable}={value}")
        if name == variable or variable in _NOT_SETTINGS or linked:
            continue
        path = tuple(part.lower() for part in name.split("__"))
        found.append(Assignment(_SHORT_NAMES.get(path[0], path), value, variable))
    return found


def _check_together(server: Server) -> None:
    """Refuse what is right key by key but wrong as a whole."""
    if (server.tls_cert is None) != (server.tls_key is None):
        raise SettingsError("server.tls_cert and server.tls_key must be given together")
    if server.tls_self_signed and server.tls_cert is not None:
        raise SettingsError("give server.tls_cert and server.tls_key, or tls_self_signed: not both")
