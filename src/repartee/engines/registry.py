"""Where engines are found: built-in or not, each comes through one group of entry points.

An entry point is named "role.name" and leads to a class (or a function that makes an engine)::

    [project.entry-points."repartee.engines"]
    "voice.parrot" = "parrot:Parrot"

Nothing is imported before it is asked for.  A class may state `licence` (of its code and its
weights; else that of its package is told) and `notice` (a sentence its user should read).
"""

import inspect
import re
import sys
from collections.abc import Mapping
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Literal, get_args, overload

from msgspec import Struct

from repartee.engines import options as engine_options
from repartee.engines.protocols import (
    EchoCanceller,
    EngineError,
    LanguageModel,
    Recognizer,
    Synthesizer,
    TurnDetector,
    Vad,
)

GROUP = "repartee.engines"
Role = Literal["echo", "vad", "turn", "ears", "mind", "voice"]
ROLES: tuple[Role, ...] = get_args(Role)

# What an engine of a role must have: its method, and what it must state as a whole number.
_METHODS: dict[Role, str] = {
    "echo": "stream",
    "vad": "__call__",
    "turn": "finished",
    "ears": "recognize",
    "mind": "reply",
    "voice": "speak",
}
_NUMBERS: dict[Role, str] = {
    "vad": "state_size",
    "turn": "rate",
    "ears": "rate",
    "voice": "rate",
}


class UnusableEngine(Exception):
    """An engine cannot be had as it was asked for; the message says why and what to change."""


class Installed(Struct, frozen=True):
    """An engine that can be chosen, or, where `problem` is not empty, why it cannot."""

    role: Role
    name: str
    package: str
    version: str
    licence: str
    summary: str = ""  # what it is for, in a line
    notice: str = ""
    problem: str = ""


def installed(role: Role | None = None) -> list[Installed]:
    """Every engine there is (of one role, or of all), by role and name; loads their modules."""
    roles = ROLES if role is None else (role,)
    return [_describe(each, entry) for each in roles for entry in _entries(each)]


def as_role(text: str) -> Role:
    """`text` as a role.  Raises UnusableEngine."""
    for role in ROLES:
        if role == text:
            return role
    raise UnusableEngine(f"there is no role {text}; the roles are {', '.join(ROLES)}")


@overload
def make(
    role: Literal["echo"], name: str, options: Mapping[str, Any] | None = None
) -> EchoCanceller: ...
@overload
def make(role: Literal["vad"], name: str, options: Mapping[str, Any] | None = None) -> Vad: ...
@overload
def make(
    role: Literal["turn"], name: str, options: Mapping[str, Any] | None = None
) -> TurnDetector: ...
@overload
def make(
    role: Literal["ears"], name: str, options: Mapping[str, Any] | None = None
) -> Recognizer: ...
@overload
def make(
    role: Literal["mind"], name: str, options: Mapping[str, Any] | None = None
) -> LanguageModel: ...
@overload
def make(
    role: Literal["voice"], name: str, options: Mapping[str, Any] | None = None
) -> Synthesizer: ...
def make(role: Role, name: str, options: Mapping[str, Any] | None = None) -> Any:
    """Make the engine `name` of `role` with `options` for its constructor.

    Raises UnusableEngine: the name is not installed, a package it needs is missing, an option is
    unknown, missing or of the wrong kind, or what was made is no engine of that role.
    """
    entry = _find(role, name)
    factory = _load(entry)
    try:
        engine = factory(**engine_options.read(factory, options or {}))
    except (ImportError, EngineError, ValueError, OSError) as error:
        raise UnusableEngine(f"{entry.name}: {_reason(error, entry)}") from error
    _check(role, engine, entry)
    return engine


def _entries(role: Role) -> list[EntryPoint]:
    mine = (entry for entry in _group(*sys.path) if entry.name.startswith(f"{role}."))
    return sorted(mine, key=lambda entry: entry.name)


@lru_cache(1)
def _group(*_: str) -> tuple[EntryPoint, ...]:
    """All of them; looked for once, as every package on the path is looked into."""
    return tuple(entry_points(group=GROUP))


def _find(role: Role, name: str) -> EntryPoint:
    found = [entry for entry in _entries(role) if entry.name == f"{role}.{name}"]
    if not found:
        raise UnusableEngine(_unknown(role, name))
    if len(found) > 1:
        packages = " and ".join(sorted(_package(entry) for entry in found))
        raise UnusableEngine(f"{role}.{name} comes from {packages}: uninstall all but one")
    return found[0]


def _unknown(role: Role, name: str) -> str:
    # The whole group is looked through, so that a name given for the wrong role is found too.
    everything = [entry.name for entry in _group(*sys.path)]
    near = engine_options.nearest(f"{role}.{name}", everything)
    names = ", ".join(entry.name.partition(".")[2] for entry in _entries(role)) or "nothing"
    return f"there is no engine {role}.{name}. {near}Installed for {role}: {names}"


def _load(entry: EntryPoint) -> Any:
    try:
        return entry.load()
    except Exception as error:  # importing a package of others may raise anything
        raise UnusableEngine(f"{entry.name}: {_reason(error, entry)}") from error


def _reason(error: Exception, entry: EntryPoint) -> str:
    if isinstance(error, ModuleNotFoundError) and error.name:
        return f"the package {error.name} is not installed{_remedy(error.name, entry)}"
    if isinstance(error, EngineError | ValueError):
        return str(error)
    return f"{type(error).__name__}: {error}"


def _remedy(module: str, entry: EntryPoint) -> str:
    """The extra of the entry point's own package that brings the missing module, if one does."""
    wanted = _normal(module.partition(".")[0])
    for requirement in (entry.dist and entry.dist.requires) or ():
        project = re.match(r"[\w.-]+", requirement)
        extra = re.search(r"""extra\s*==\s*['"]([\w.-]+)""", requirement)
        if project and extra and _normal(project[0]) == wanted:
            return f": pip install '{_package(entry)}[{extra[1]}]'"
    return ""


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _check(role: Role, engine: Any, entry: EntryPoint) -> None:
    method, number = _METHODS[role], _NUMBERS.get(role)
    if not callable(getattr(engine, method, None)):
        raise UnusableEngine(f"{entry.name}: {entry.value} has no method {method}")
    if number is not None and not _positive(getattr(engine, number, None)):
        raise UnusableEngine(f"{entry.name}: {entry.value} states no {number}, a whole number")


def _positive(value: object) -> bool:
    return isinstance(value, int) and value > 0


def _describe(role: Role, entry: EntryPoint) -> Installed:
    try:
        made, problem = _load(entry), ""
    except UnusableEngine as error:
        made, problem = None, str(error)
    return Installed(
        role=role,
        name=entry.name.partition(".")[2],
        package=_package(entry),
        version=entry.dist.version if entry.dist else "",
        licence=getattr(made, "licence", "") or _package_licence(entry),
        summary=(inspect.getdoc(made) or "").partition("\n")[0],
        notice=getattr(made, "notice", ""),
        problem=problem,
    )


def _package(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.module


def _package_licence(entry: EntryPoint) -> str:
    metadata = entry.dist.metadata if entry.dist else None
    for key in ("License-Expression", "License"):
        if metadata is not None and key in metadata:
            return metadata[key].strip().partition("\n")[0]  # some packages put the whole text
    return "unknown"
