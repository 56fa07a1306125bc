"""The folder of prompts that the settings name: read and checked as a whole, at the start.

    greet.md            the instructions of prompt "greet", which has one version, "1"
    quiz.toml           whatever else may be said of a response, in the API's words
    order/1.md          prompt "order", which has several versions: 1,
    order/2.1.toml      and 2.1, the newest

Files whose names begin with a dot are left alone.
"""

import os
import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from repartee.protocol.client import SaidResponse
from repartee.protocol.said import unbuilt
from repartee.protocol.template import Prompts, Template, placeholders
from repartee.settings import SettingsError

LARGEST = 256 * 1024  # bytes of a file

_NAME = re.compile(r"[A-Za-z0-9_.-]+")
_ONLY = "1"  # the version of a prompt that has no others

# What a response is asked for with, and a prompt has no say in.
_NOT_SAID = (
    ("conversation",),
    ("input",),
    ("metadata",),
    ("prompt",),
    ("audio", "output", "format"),
)


class _Found(NamedTuple):
    id: str
    version: str
    file: Path


def load_prompts(folder: str | None) -> Prompts:
    """All prompts in `folder`; none without one.  Raises SettingsError, which names the file."""
    if folder is None:
        return {}
    root = Path(folder)
    if not root.is_dir():
        raise SettingsError(f"session.prompts {folder}: there is no such folder")
    prompts: dict[str, dict[str, Template]] = {}
    for found in sorted(_found_in(root), key=lambda found: _natural(found.version)):
        versions = prompts.setdefault(found.id, {})
        if found.version in versions:
            raise SettingsError(
                f"{found.file}: there is another file of version {found.version} of this prompt"
            )
        versions[found.version] = _template(found)
    return prompts


def _found_in(root: Path) -> Iterator[_Found]:
    for entry in _entries(root, root):
        if not entry.is_dir():
            yield _Found(entry.stem, _ONLY, entry)
            continue
        if any(root.joinpath(f"{entry.name}{suffix}").exists() for suffix in _READ):
            raise SettingsError(f"{entry}: there is a file of this prompt as well as a folder")
        if not (versions := _entries(entry, root)):
            raise SettingsError(f"{entry}: there is no version of this prompt")
        for version in versions:
            yield _Found(entry.name, version.stem, version)


def _entries(folder: Path, root: Path) -> list[Path]:
    """What lies in a folder, all of it within `root`, even through links."""
    try:
        entries = sorted(each for each in folder.iterdir() if not each.name.startswith("."))
    except OSError as error:
        raise SettingsError(f"{folder} cannot be read: {error.strerror}") from None
    inside = os.path.realpath(root)
    for entry in entries:
        if not Path(os.path.realpath(entry)).is_relative_to(inside):
            raise SettingsError(f"{entry}: this link leads out of the folder of prompts")
        name = entry.name if entry.is_dir() else entry.stem
        if not _NAME.fullmatch(name):
            raise SettingsError(f"{entry}: a prompt's name has only letters, digits, _ . and -")
    return entries


def _natural(version: str) -> list[str | int]:
    """Sorts 9 before 10: words and numbers take turns."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", version)]


def _template(found: _Found) -> Template:
    file = found.file
    value = _value(file)
    for path in _NOT_SAID:
        if _stands_in(value, path):
            raise SettingsError(f"{file}: a prompt cannot say {'.'.join(path)}")
    try:
        said: msgspec.Struct = msgspec.convert(value, SaidResponse)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{file}: {error}") from None
    if where := unbuilt(said, ""):
        raise SettingsError(f"{file}: {where.removeprefix('.')} names what is not served yet")
    return Template(found.id, found.version, said, placeholders(value.get("instructions", "")))


def _value(file: Path) -> dict[str, Any]:
    """What a file says, in the API's words."""
    read = _READ.get(file.suffix)
    if read is None or not file.is_file():
        raise SettingsError(f"{file}: a prompt is a file that ends in {' or '.join(_READ)}")
    try:
        with file.open("rb") as opened:
            raw = opened.read(LARGEST + 1)
        if len(raw) > LARGEST:
            raise SettingsError(f"{file} has more than {LARGEST // 1024} KiB")
        value = read(raw.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise SettingsError(f"{file} is no text in UTF-8") from None
    except OSError as error:
        raise SettingsError(f"{file} cannot be read: {error.strerror}") from None
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{file} cannot be read: {error}") from None
    if not value or value == {"instructions": ""}:
        raise SettingsError(f"{file} says nothing")
    return value


def _instructions(text: str) -> dict[str, Any]:
    return {"instructions": text.strip()}


_READ: dict[str, Callable[[str], dict[str, Any]]] = {".md": _instructions, ".toml": tomllib.loads}


def _stands_in(value: Any, path: tuple[str, ...]) -> bool:
    for name in path:
        if not isinstance(value, dict) or name not in value:
            return False
        value = value[name]
    return True
