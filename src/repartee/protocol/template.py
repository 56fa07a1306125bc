"""Prompts that the operator keeps: what a session says by naming one.

`prompt {id, version, variables}` in a session or a response stands for a template: fields of a
response, with `{{name}}` in its instructions for the client's variables.
"""

import re
from collections.abc import Mapping

from msgspec import UNSET, Struct, structs

_PLACEHOLDER = re.compile(r"\{\{\s*(\w+)\s*\}\}")


class Template(Struct, frozen=True):
    """One version of a prompt.

    `said` is what may be said of a response (`client.SaidResponse`), `variables` the names that
    its instructions leave open.
    """

    id: str
    version: str
    said: Struct
    variables: frozenset[str] = frozenset()


def render(template: Template, variables: Mapping[str, str]) -> Struct:
    """What the template says, its variables filled in."""
    instructions = getattr(template.said, "instructions", UNSET)
    if not instructions:
        return template.said
    filled = _PLACEHOLDER.sub(lambda match: variables[match[1]], instructions)
    return structs.replace(template.said, instructions=filled)
