"""The settings one by one: their dotted names, and in words what each must look like."""

import types
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, Literal, NamedTuple, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta, Struct

from repartee.settings.tree import Choice, Model, Settings


class Key(NamedTuple):
    """One setting that is not an engine's: its type, its default, and what it means."""

    name: str
    type: Any
    default: Any
    description: str

    @property
    def expectation(self) -> str:
        """What a value looks like: "a whole number from 0 to 65535"."""
        plain = plain_type(self.type)
        if get_origin(plain) is Literal:
            return either([f'"{word}"' for word in get_args(plain)])
        if get_origin(plain) is tuple:
            return "a list of strings"
        words = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
        return words[plain] + "".join(map(_bounds, _metas(self.type)))


_HINTS = get_type_hints(Settings)

ROLES: tuple[str, ...] = tuple(name for name, hint in _HINTS.items() if hint is Choice)
MODEL_ROLES: tuple[str, ...] = tuple(n for n, h in get_type_hints(Model).items() if h is Choice)
SECTIONS: dict[str, type[Struct]] = {n: hint for n, hint in _HINTS.items() if hint is not Choice}


def _keys() -> Iterator[Key]:
    for section, struct in SECTIONS.items():
        hints = get_type_hints(struct, include_extras=True)
        for field in msgspec.structs.fields(struct):
            hint = hints[field.name]
            if get_origin(hint) is not Annotated:
                continue  # `models.mapped` is no key: each model is a little tree of its own
            description = hint.__metadata__[0].description
            yield Key(f"{section}.{field.name}", hint, field.default, description)


KEYS: dict[str, Key] = {key.name: key for key in _keys()}


def plain_type(hint: Any) -> Any:
    """The type itself, without its description, its bounds and None."""
    if get_origin(hint) is Annotated:
        return plain_type(get_args(hint)[0])
    if get_origin(hint) in (Union, types.UnionType):
        (bare,) = (part for part in get_args(hint) if part is not type(None))
        return plain_type(bare)
    return hint


def takes_none(hint: Any) -> bool:
    """Whether the setting may be left without a value."""
    return type(None) in get_args(get_args(hint)[0])


def either(words: Iterable[str]) -> str:
    """Words joined for a sentence: "a, b or c"."""
    *firsts, last = words
    return f"{', '.join(firsts)} or {last}" if firsts else last


def _metas(hint: Any) -> Iterator[Meta]:
    """What is said of a type, and of the one beside None."""
    if get_origin(hint) is Annotated:
        yield from hint.__metadata__
        yield from _metas(get_args(hint)[0])
    elif get_origin(hint) in (Union, types.UnionType):
        for part in get_args(hint):
            yield from _metas(part)


def _bounds(meta: Meta) -> str:
    if meta.ge is not None and meta.le is not None:
        return f" from {meta.ge} to {meta.le}"
    if meta.ge is not None:
        return f" of at least {meta.ge}"
    if meta.gt is not None:
        return f" greater than {meta.gt}"
    return " that is not empty" if meta.min_length else ""
