"""Prompts that the operator keeps: what a session says by naming one.

`prompt {id, version, variables}` in a session or a response stands for a template: fields of a
response, with `{{name}}` in its instructions for the client's variables.
"""

from msgspec import Struct


class Template(Struct, frozen=True):
    """One version of a prompt.

    `said` is what may be said of a response (`client.SaidResponse`), `variables` the names that
    its instructions leave open.
    """

    id: str
    version: str
    said: Struct
    variables: frozenset[str] = frozenset()
