"""Presets: engines that go together, for those who do not want to choose them one by one.

They are data, `presets.toml`.  What of a preset can be had on a machine is not known here.
"""

import tomllib
from functools import cache
from importlib import resources
from typing import Annotated, Any

import msgspec
from msgspec import Meta, Struct

from repartee.settings.draft import SettingsError
from repartee.settings.keys import either


class Candidate(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An engine that a preset would take for a role."""

    engine: Annotated[str, Meta(min_length=1)]
    why: Annotated[str, Meta(min_length=1)]
    """What it is like, for people."""
    model: str = ""
    """The model that it needs, as the catalogue has it; its option `model` is where that lies."""
    options: dict[str, Any] = {}
    remote: bool = False
    """Whether it is asked over the network, with a key."""


Candidates = Annotated[tuple[Candidate, ...], Meta(min_length=1)]


class Preset(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """For each role what to take, the best first."""

    summary: Annotated[str, Meta(min_length=1)]
    turn: Candidates
    ears: Candidates
    mind: Candidates
    voice: Candidates
    strict: bool = False
    """Whether nothing else than the first may be taken."""

    @property
    def roles(self) -> dict[str, tuple[Candidate, ...]]:
        return {"turn": self.turn, "ears": self.ears, "mind": self.mind, "voice": self.voice}


@cache
def presets() -> dict[str, Preset]:
    """All presets by name."""
    text = resources.files("repartee.settings").joinpath("presets.toml").read_text("utf-8")
    return msgspec.convert(tomllib.loads(text), dict[str, Preset])


def preset(name: str) -> Preset:
    """The preset of that name.  Raises SettingsError."""
    if name not in presets():
        raise SettingsError(f"there is no preset {name}: choose {either(presets())}")
    return presets()[name]
