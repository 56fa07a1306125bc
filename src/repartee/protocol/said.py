"""What may be said of a configuration, and how it merges with the one in force.

An effective configuration has every field filled in.  What a client may say in an update is
derived from it by `said`: the same fields, all optional, unknown ones refused.  UNSET means "not
said"; null counts as not said, except where null is a value of its own.
"""

from collections.abc import Iterator
from types import NoneType, UnionType
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin, get_type_hints

from msgspec import UNSET, Meta, Struct, UnsetType, defstruct, structs

S = TypeVar("S", bound=Struct)

DEEPEST = 100  # levels of plain JSON, as in the schema of a tool: Python ends at some hundreds


class Section(Struct, frozen=True):
    """A part of a configuration that merges field by field; other values are replaced whole."""


class Unbuilt(Struct, frozen=True):
    """A kind of value that the protocol knows and this server does not serve yet."""


class Later:
    """Marks a field: these kinds may stand there, too, and are refused by name."""

    def __init__(self, *kinds: type[Unbuilt]) -> None:
        self.kinds = kinds


_SECTIONS: dict[type[Struct], type[Section]] = {}  # what may be said -> what it is said of


def forget_nulls(value: Struct) -> None:
    """Null is as if absent; what is absent is not shown either."""
    for name in value.__struct_fields__:
        if getattr(value, name) is None:
            structs.force_setattr(value, name, UNSET)


def said(effective: type[Struct], *, without: tuple[str, ...] = ()) -> type[Struct]:
    """The struct of what a client may say of `effective`: every field optional."""
    hints = get_type_hints(effective, include_extras=True)
    config = effective.__struct_config__
    made = defstruct(
        f"Said{effective.__name__}",
        [(name, optional(hint), UNSET) for name, hint in hints.items() if name not in without],
        frozen=True,
        kw_only=True,
        tag=config.tag,
        tag_field=config.tag_field,
        forbid_unknown_fields=True,
    )
    if issubclass(effective, Section):
        _SECTIONS[made] = effective
    return made


def optional(hint: Any) -> Any:
    """The type of a field that may be said, be null, or be left out."""
    return _sayable(hint) | UnsetType | None


def _sayable(hint: Any) -> Any:
    """The type a field may be said with: sections become what may be said of them."""
    if isinstance(hint, type) and issubclass(hint, Section):
        return said(hint)
    origin = get_origin(hint)
    if origin in (Union, UnionType):
        return Union[tuple(_sayable(part) for part in get_args(hint))]  # noqa: UP007
    if origin is tuple:
        return tuple[tuple(_sayable(part) for part in get_args(hint))]  # type: ignore[misc]
    if origin is Annotated:
        return _with_later(hint)
    return hint


def _with_later(hint: Any) -> Any:
    """An annotated type, and the kinds that are refused by name."""
    built, *marks = get_args(hint)
    kinds = [kind for mark in marks if isinstance(mark, Later) for kind in mark.kinds]
    bounds = [mark for mark in marks if isinstance(mark, Meta)]
    sayable = _sayable(built)
    if bounds:
        sayable = Annotated[sayable, *bounds]
    return Union[(sayable, *kinds)] if kinds else sayable


def unbuilt(said_of: Any, path: str) -> str | None:
    """Where in what was said, `path`, something stands that is not served yet."""
    parts = _parts(said_of, path)
    return next((f"{where}.type" for where, part in parts if isinstance(part, Unbuilt)), None)


def too_deep(said_of: Any, path: str) -> str | None:
    """Where in what was said, `path`, an object of the client's own goes deeper than DEEPEST."""
    parts = _parts(said_of, path)
    return next((where for where, part in parts if isinstance(part, dict) and _deep(part)), None)


def _parts(said_of: Any, path: str) -> Iterator[tuple[str, Any]]:
    """What was said and all that stands in it, by path; of plain JSON the whole only."""
    yield path, said_of
    if isinstance(said_of, tuple):
        inner = [(f"{path}[{n}]", one) for n, one in enumerate(said_of)]
    elif isinstance(said_of, dict):
        members = said_of.items()
        inner = [(f"{path}.{name}", one) for name, one in members if isinstance(one, Struct)]
    elif isinstance(said_of, Struct):
        fields = said_of.__struct_fields__
        inner = [(f"{path}.{name}", getattr(said_of, name)) for name in fields]
    else:
        return
    for where, value in inner:
        yield from _parts(value, where)


def _deep(plain: dict[str, Any]) -> bool:
    level: list[Any] = [plain]
    for _ in range(DEEPEST):
        members = (one.values() if isinstance(one, dict) else one for one in level)
        level = [one for inner in members for one in inner if isinstance(one, (dict, list))]
        if not level:
            return False
    return True


def merge(effective: S, update: Struct, fresh: Struct | None = None) -> S:
    """`effective` with everything that `update` says; sections field by field.

    `fresh` is the configuration whose sections stand in where `effective` has null: turning
    detection on again begins from the server's defaults.
    """
    changes: dict[str, Any] = {}
    for name in update.__struct_fields__:
        value = getattr(update, name)
        if value is UNSET or (value is None and not _nullable(type(effective), name)):
            continue
        if isinstance(value, Struct) and (section := _SECTIONS.get(type(value))):
            origin = getattr(effective if fresh is None else fresh, name)
            origin = origin if isinstance(origin, section) else section()
            present = getattr(effective, name)
            # An object that names its type is a whole new value, told from the defaults.
            anew = section.__struct_config__.tag or not isinstance(present, section)
            value = merge(origin if anew else present, value, origin)
        changes[name] = value
    return structs.replace(effective, **changes)


def _nullable(effective: type[Struct], name: str) -> bool:
    hint = get_type_hints(effective)[name]
    return hint is NoneType or NoneType in get_args(hint)
