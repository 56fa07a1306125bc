"""What a preset comes to on this machine."""

import re
from collections.abc import Mapping, Set
from importlib import metadata
from typing import Any, NamedTuple

from repartee.engines import registry
from repartee.engines.catalogue import catalogue, located
from repartee.engines.registry import UnusableEngine
from repartee.settings import Assignment, SettingsError
from repartee.settings.presets import Candidate, preset

_HOST = "https://api.openai.com/v1"
_KEY = "OPENAI_API_KEY"
_ADDRESS = "OPENAI_BASE_URL"


class Picked(NamedTuple):
    """Engines and their options, weaker than any other setting, and what to tell of them."""

    assignments: list[Assignment]
    lines: list[str]


def pick(name: str, said: Mapping[str, Set[str]], environ: Mapping[str, str]) -> Picked:
    """What the preset takes for each role of which the settings name no engine.

    `said` is what they say of each role.  Raises SettingsError where there is no such preset, or
    where it cannot do with less than what is missing.
    """
    wanted = preset(name)
    picked = Picked([], [f"preset {name}: {wanted.summary}"])
    for role, candidates in wanted.roles.items():
        own = said.get(role, frozenset())
        if "engine" in own:
            picked.lines.append(f"  {role:<6} as your settings say")
            continue
        taken, missing = _best(role, candidates, own, environ)
        if wanted.strict and (missing := _missing(role, taken, own, environ)):
            raise SettingsError(f"preset {name}, {role}: {missing}")
        options = _options(taken, own, environ)
        source = f"preset {name}"
        picked.assignments.append(Assignment((role,), taken.engine, source))
        for option, value in options.items():
            picked.assignments.append(Assignment((role, option), value, source, text=False))
        picked.lines.append(f"  {role:<6} {_told(taken)}")
        if missing:
            picked.lines.append(f"         better: {_told(candidates[0])}; first {missing}")
    return picked


def _told(candidate: Candidate) -> str:
    model = f" with {candidate.model}" if candidate.model else ""
    return f"{candidate.engine}{model}: {candidate.why}"


def _best(
    role: str, candidates: tuple[Candidate, ...], own: Set[str], environ: Mapping[str, str]
) -> tuple[Candidate, str]:
    """The first that can be had, else the last; and what the first lacks, if it is another."""
    lack_of_first = ""
    for candidate in candidates[:-1]:
        lack = _missing(role, candidate, own, environ)
        if not lack:
            return candidate, lack_of_first
        if candidate is candidates[0]:
            lack_of_first = lack
    return candidates[-1], lack_of_first


def _missing(role: str, candidate: Candidate, own: Set[str], environ: Mapping[str, str]) -> str:
    """What has to be done first, in a few words; nothing where the engine can be made."""
    if candidate.remote and not _has_key(own, environ):
        return (
            f"set {_KEY}, and {_ADDRESS} where the server is not OpenAI's; or set {role}.url, and "
            f"{role}.api_key_env to the name of a variable with its key"
        )
    remedies = []
    if candidate.model:
        extra = catalogue()[candidate.model].extra
        if extra and not _is_installed(extra):
            remedies.append(f"pip install 'repartee[{extra}]'")
        if "model" not in own and located(candidate.model) is None:
            remedies.append(f"repartee models pull {candidate.model}")
    if remedies:
        return " and ".join(remedies)
    if own or not (candidate.model or candidate.remote):
        return ""  # what the settings say is checked where the engine is made to serve
    try:
        registry.make(registry.as_role(role), candidate.engine, _options(candidate, own, environ))
    except UnusableEngine as error:
        return str(error)
    return ""


def _options(candidate: Candidate, own: Set[str], environ: Mapping[str, str]) -> dict[str, Any]:
    """The options to give, but for those that the settings give."""
    options = dict(candidate.options)
    if candidate.model:
        options["model"] = str(located(candidate.model))
    if candidate.remote and "url" not in own:  # a key is for one host, and for no other
        options["url"] = environ.get(_ADDRESS) or _HOST
        if environ.get(_KEY) and not own & {"api_key", "api_key_env"}:
            options["api_key_env"] = _KEY
    return {option: value for option, value in options.items() if option not in own}


def _has_key(own: Set[str], environ: Mapping[str, str]) -> bool:
    given = own & {"url", "api_key", "api_key_env"}
    return bool(given or environ.get(_KEY) or environ.get(_ADDRESS))


def _is_installed(extra: str) -> bool:
    """Whether all that the extra brings is here; what it brings is told by our own metadata."""
    needed = {
        match[1]
        for each in metadata.requires("repartee") or ()
        if (match := re.match(rf"""([\w.-]+).*extra\s*==\s*['"]{re.escape(extra)}['"]""", each))
    }
    return bool(needed) and all(map(_is_here, needed))


def _is_here(distribution: str) -> bool:
    try:
        metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return False
    return True
