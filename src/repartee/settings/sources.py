"""Where settings come from: a TOML file, then REPARTEE_* variables, then flags; the later wins.

The file is `repartee.toml` in the working directory, or the one that `--config` or
REPARTEE_CONFIG names.  Variables write the dots of a key as two underscores
(REPARTEE_SERVER__PORT); REPARTEE_HOST, REPARTEE_PORT and REPARTEE_API_KEY are short for the
server's.  A role is given either an engine's name (REPARTEE_MIND=openai) or, key by key, `engine`
and the options of that engine (REPARTEE_MIND__URL).
"""

import os
import re
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, get_origin

import msgspec

from repartee.settings.keys import KEYS, ROLES, SECTIONS, Key, either, plain_type, takes_none
from repartee.settings.tree import Server, Settings

_SHORT_NAMES = {
    "api_key": ("server", "api_key"),
    "host": ("server", "host"),
    "port": ("server", "port"),
}

# The first names the file itself, the others tell the tests where recordings lie and how far to go.
_NOT_SETTINGS = {"REPARTEE_CONFIG", "REPARTEE_SHARED", "REPARTEE_FUZZ"}

# Kubernetes sets these in every pod beside a Service called "repartee"; they are not meant for us.
_SERVICE_LINK = re.compile(
    r"REPARTEE_(SERVICE_(HOST|PORT)\w*|PORT_\d+_\w+)=.*|REPARTEE_PORT=tcp:.*"
)


class SettingsError(ValueError):
    """A setting that cannot be obeyed; the message names it, its source and the remedy."""


class Assignment(NamedTuple):
    """One value given to one key: `path` is ("server", "port") or, for a role, ("mind",).

    `text` marks values that have no type of their own: they are read by the key's type.
    """

    path: tuple[str, ...]
    value: Any
    source: str
    text: bool = True


def parse_set(argument: str) -> Assignment:
    """Read the argument of `--set`, as in `server.port=8123`.  Raises SettingsError."""
    name, equals, value = argument.partition("=")
    if not equals or not name.strip():
        raise SettingsError(f"--set {argument}: write it as section.key=value")
    path = tuple(part.strip() for part in name.split("."))
    return Assignment(path, value.strip(), f"--set {name.strip()}")


def load(
    *,
    file: Path | None = None,
    environ: Mapping[str, str] = os.environ,
    flags: Sequence[Assignment] = (),
) -> Settings:
    """The settings in force.  Raises SettingsError."""
    tree: dict[str, dict[str, Any]] = {section: {} for section in SECTIONS}
    tree |= {role: msgspec.to_builtins(getattr(Settings(), role)) for role in ROLES}
    for layer in (_from_file(_find_file(file, environ)), _from_environment(environ), flags):
        for assignment in sorted(layer, key=_engines_first):
            if assignment.path[0] in ROLES:
                _choose(tree[assignment.path[0]], assignment)
            else:
                _assign(tree, assignment)
    settings = msgspec.convert(tree, Settings)
    _check_together(settings.server)
    return settings


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
    found = []
    for section, value in tree.items():
        leaves = value.items() if isinstance(value, dict) else [(None, value)]
        for key, leaf in leaves:
            path = (section,) if key is None else (section, key)
            found.append(Assignment(path, leaf, str(file), text=False))
    return found


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


def _engines_first(assignment: Assignment) -> bool:
    # Naming another engine drops the options of the one before, so it must come before its own.
    return assignment.path[1:] not in ((), ("engine",))


def _choose(choice: dict[str, Any], assignment: Assignment) -> None:
    role, *rest = assignment.path
    if len(rest) > 1:
        raise _unknown(assignment)
    if rest in ([], ["engine"]):
        if not isinstance(assignment.value, str) or not assignment.value:
            raise SettingsError(f"{role} in {assignment.source} must be the name of an engine")
        if assignment.value != choice["engine"]:
            choice.update(engine=assignment.value, options={})
    else:
        choice["options"] = {**choice["options"], rest[0]: assignment.value}


def _assign(tree: dict[str, dict[str, Any]], assignment: Assignment) -> None:
    name = ".".join(assignment.path)
    if name in SECTIONS:
        raise SettingsError(f"{name} in {assignment.source} is a section: give it key by key")
    if name not in KEYS:
        raise _unknown(assignment)
    section, key = assignment.path
    tree[section][key] = _read(KEYS[name], assignment)


def _read(key: Key, assignment: Assignment) -> Any:
    value = assignment.value
    if assignment.text and get_origin(plain_type(key.type)) is tuple:
        value = [part.strip() for part in value.split(",") if part.strip()]
    elif value == "" and takes_none(key.type):
        value = None  # an emptied variable is how a shell takes a setting back
    try:
        return msgspec.convert(value, key.type, strict=not assignment.text)
    except msgspec.ValidationError:
        # The value itself stays out of the message: it may be a key put in the wrong place.
        message = f"{key.name} in {assignment.source} must be {key.expectation}"
        raise SettingsError(message) from None


def _unknown(assignment: Assignment) -> SettingsError:
    name, section = ".".join(assignment.path), assignment.path[0]
    message = f"unknown key {name} in {assignment.source}; did you mean"
    return SettingsError(f"{message} {either(_nearest(name, section))}?")


def _nearest(name: str, section: str) -> list[str]:
    import difflib  # loaded only on the way out

    if section in ROLES:
        return [f"{section}.engine", f"{section}.OPTION"]
    # Each key is looked for by its whole name and, where only one word was given, by its last.
    known = {key if "." in name else key.rpartition(".")[2]: key for key in [*KEYS, *ROLES]}
    if near := difflib.get_close_matches(name, known, n=3):
        return [known[match] for match in near]
    if section in SECTIONS:
        return [key for key in KEYS if key.startswith(f"{section}.")]
    return [*ROLES, *(f"{section}.…" for section in SECTIONS)]


def _check_together(server: Server) -> None:
    """Refuse what is right key by key but wrong as a whole."""
    if (server.tls_cert is None) != (server.tls_key is None):
        raise SettingsError("server.tls_cert and server.tls_key must be given together")
    if server.tls_self_signed and server.tls_cert is not None:
        raise SettingsError("give server.tls_cert and server.tls_key, or tls_self_signed: not both")
