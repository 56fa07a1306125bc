"""Prompts that are kept on the server: what a client names by id, version and variables.

Instructions have placeholders, `{{name}}`, that the client fills.
"""

import re
from collections.abc import Mapping

from msgspec import UNSET, Struct, UnsetType, structs

PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z0-9_.-]+)\s*\}\}")


class Template(Struct, frozen=True):
    """One version of a prompt.

    `said` is what it says of a response, as a client might (`client.SaidResponse`), without
    `conversation`, `input`, `metadata` and `prompt`.
    """

    id: str
    version: str
    said: Struct
    variables: frozenset[str] = frozenset()  # that its instructions have places for


Prompts = Mapping[str, Mapping[str, Template]]
"""By id, then by version, the newest last; no id is without a version."""


def placeholders(instructions: str) -> frozenset[str]:
    """The names of what is to be filled in."""
    return frozenset(PLACEHOLDER.findall(instructions))


def render(template: Template, variables: Mapping[str, str]) -> Struct:
    """What the template says, its instructions filled in.

    A value is taken as it is, also where it looks like a placeholder; a placeholder without a
    value stays.  Whoever wants neither compares `variables` with those of the template before.
    """
    instructions: str | UnsetType | None = getattr(template.said, "instructions", UNSET)
    if not isinstance(instructions, str):
        return template.said
    filled = PLACEHOLDER.sub(lambda place: variables.get(place[1], place[0]), instructions)
    return structs.replace(template.said, instructions=filled)
