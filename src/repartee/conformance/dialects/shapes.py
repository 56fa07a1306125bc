"""A small language for the shapes of JSON values, and the judge of it.

str, int, float, bool, dict   a value of that JSON type (float: any number)
{"a", "b"}                    one of these values
[shape]                       an array of such values
{"name": shape, "more?": s}   an object; a member with ? may be absent; others are ignored
Nullable(shape)               such a value, or null
Tagged("type", {...})         an object whose shape its tag names
(one, other)                  either
"""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple


class Nullable(NamedTuple):
    """A value that may also be null."""

    shape: Any


class Tagged(NamedTuple):
    """An object that says in the member `tag` which of `shapes` it has."""

    tag: str
    shapes: dict[str, Any]


class Fault(NamedTuple):
    """Where a value leaves its shape.

    `null_in` is the object that holds a null where it should not have the member at all.
    """

    path: str
    problem: str
    null_in: dict[str, Any] | None = None


def faults(value: object, shape: Any, path: str = "") -> Iterator[Fault]:
    """All faults of `value`; a shape is one of the kinds told above."""
    return _CHECKS[type(shape)](value, shape, path)


def _of_type(value: object, shape: type, path: str) -> Iterator[Fault]:
    if isinstance(value, bool):
        fits = shape is bool
    else:
        fits = isinstance(value, (int, float) if shape is float else shape)
    if not fits:
        yield Fault(path, f"should be {shape.__name__}, is {_name(value)}")


def _one_of(value: object, shape: set[object], path: str) -> Iterator[Fault]:
    if not isinstance(value, str | int) or value not in shape:
        yield Fault(path, f"should be one of {sorted(map(str, shape))}, is {value!r:.80}")


def _array(value: object, shape: list[Any], path: str) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(path, f"should be an array, is {_name(value)}")
        return
    for place, one in enumerate(value):
        yield from faults(one, shape[0], f"{path}[{place}]")


def _object(value: object, shape: dict[str, Any], path: str) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(path, f"should be an object, is {_name(value)}")
        return
    for name, kind in shape.items():
        yield from _member(value, name, kind, path)


def _member(value: dict[str, Any], name: str, kind: Any, path: str) -> Iterator[Fault]:
    optional = name.endswith("?")
    key = name[:-1] if optional else name
    place = f"{path}.{key}" if path else key
    if key not in value:
        if not optional:
            yield Fault(place, "is missing")
    elif optional and value[key] is None and not isinstance(kind, Nullable):
        yield Fault(place, "is null and should be left out", null_in=value)
    else:
        yield from faults(value[key], kind, place)


def _nullable(value: object, shape: Nullable, path: str) -> Iterator[Fault]:
    if value is not None:
        yield from faults(value, shape.shape, path)


def _tagged(value: object, shape: Tagged, path: str) -> Iterator[Fault]:
    tag = value.get(shape.tag) if isinstance(value, dict) else None
    if isinstance(tag, str) and tag in shape.shapes:
        yield from faults(value, shape.shapes[tag], path)
    else:
        yield Fault(f"{path}.{shape.tag}", f"should be one of {sorted(shape.shapes)}, is {tag!r}")


def _either(value: object, shape: tuple[Any, ...], path: str) -> Iterator[Fault]:
    tried = [list(faults(value, one, path)) for one in shape]
    if all(tried):
        yield from min(tried, key=len)


def _name(value: object) -> str:
    return "null" if value is None else type(value).__name__


_CHECKS: dict[type, Callable[[Any, Any, str], Iterator[Fault]]] = {
    type: _of_type,
    set: _one_of,
    list: _array,
    dict: _object,
    Nullable: _nullable,
    Tagged: _tagged,
    tuple: _either,
}
