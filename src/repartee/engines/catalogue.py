"""The models that repartee knows by name: what they are for, under which licences, and from where.

The list is data: `data/models.toml`, a table for each model, read once; `Entry` says what it holds.
Whether a model is on this machine is told by the hub's cache alone.
"""

import difflib
import tomllib
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from repartee.engines import hub

Text = Annotated[str, Meta(min_length=1)]
Role = Literal["turn", "ears", "mind", "voice"]
Fact = Literal["repository", "files", "size_mb", "code_licence", "weights_licence"]


class Entry(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A model; its name is that of its table."""

    name: Text
    role: Role
    summary: Text
    languages: tuple[Text, ...]
    """ISO 639-1 codes, or `*` for many."""
    repository: Text
    """ORG/NAME on the hub."""
    files: Annotated[tuple[Text, ...], Meta(min_length=1)]
    """Which of its files are wanted, as patterns of their paths."""
    code_licence: Text
    """That of the software which runs it."""
    weights_licence: Text
    latency: Literal["streaming", "fast", "moderate", "slow"]
    """On a CPU: works while it is fed; well under a second; about one; seconds."""
    runs_on: Literal["cpu", "cpu or gpu", "gpu"]
    engine: Text
    """As `ears.sherpa-onnx`."""
    size_mb: Annotated[int, Meta(ge=1)] | None = None
    """What its files take, in millions of bytes; None where that is not known."""
    extra: str = ""
    """What has to be installed for that engine: `pip install 'repartee[EXTRA]'`."""
    commercial: bool | None = None
    """Whether its licences were checked to allow commercial use; only such are in a preset."""
    note: str = ""
    unverified: tuple[Fact, ...] = ()
    """What of the above was taken from second hand."""

    @property
    def is_one_file(self) -> bool:
        return len(self.files) == 1

    def wants(self, path: str) -> bool:
        """Whether `path`, within the repository, is one of its files."""
        return any(fits(path, pattern) for pattern in self.files)


class UnknownModel(LookupError):
    """No entry has that name; the message offers another."""


@cache
def catalogue() -> dict[str, Entry]:
    """All entries by name, in the order of the file."""
    text = resources.files("repartee.engines").joinpath("data/models.toml").read_text("utf-8")
    tables = tomllib.loads(text)
    return {name: msgspec.convert({"name": name, **table}, Entry) for name, table in tables.items()}


def entry(name: str) -> Entry:
    """The entry of that name.  Raises UnknownModel."""
    if name in catalogue():
        return catalogue()[name]
    near = difflib.get_close_matches(name, catalogue(), n=1)
    question = f"did you mean {near[0]}? " if near else ""
    raise UnknownModel(f"there is no model {name}: {question}`repartee models` lists them")


def located(name: str) -> Path | None:
    """Where the model of that name lies, if all of it does; None also where no model is so called.

    A path of a file for a model that is one file, else of the folder that has all of them.
    """
    if name not in catalogue():
        return None
    return place(catalogue()[name])


def place(model: Entry) -> Path | None:
    """As `located`."""
    for snapshot in hub.snapshots(model.repository):
        paths = {path.relative_to(snapshot).as_posix(): path for path in hub.files(snapshot)}
        if model.is_one_file:
            found = next((paths[name] for name in paths if model.wants(name)), None)
        else:
            found = snapshot if _has_all(paths, model.files) else None
        if found is not None:
            return found
    return None


def _has_all(paths: Iterable[str], patterns: Iterable[str]) -> bool:
    names = [*paths]
    return all(any(fits(name, pattern) for name in names) for pattern in patterns)


def fits(path: str, pattern: str) -> bool:
    """Whether a path is meant by a pattern; one without a slash is about files at the top."""
    return path.count("/") == pattern.count("/") and fnmatchcase(path, pattern)
