"""How a message that does not decode becomes an error that names what is wrong, and where.

msgspec says in one line what it did not like: ``Expected `int`, got `str` - at `$.a.b[0]` ``.
The patterns below turn that line into the catalogue's code, `param` and words; tests pin them.
"""

import re
from types import NoneType, UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from repartee.protocol import errors
from repartee.protocol.errors import Refused

_LINE = re.compile(r"^(?P<what>.*?)(?: - at (?:`key` in )?`\$\.?(?P<path>.*)`)?$", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_VALUE = re.compile(r"Invalid (?:enum )?value (.*)", re.DOTALL)
_TYPE = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?")
_BOUND = re.compile(r"Expected `([a-z]+)` (.*)")

_UNREADABLE = (msgspec.MsgspecError, RecursionError, UnicodeDecodeError)
_NAMES = {
    "int": "an integer",
    "float": "a decimal number",
    "str": "a string",
    "bytes": "a string",
    "bool": "a boolean",
    "null": "null",
    "array": "an array",
    "object": "an object",
}


class Envelope(Struct):
    """What can be read of a message that is otherwise wrong."""

    type: Any = None
    event_id: Any = None


def refusal(message: bytes, events: Any, fault: Exception) -> Refused:
    """The error for `message`, which is none of the union `events` because of `fault`."""
    if not isinstance(fault, msgspec.ValidationError):
        return errors.not_an_event("malformed JSON")
    try:
        envelope = msgspec.json.decode(message, type=Envelope)
    except _UNREADABLE:
        return errors.not_an_event(_not_an_object(message))
    refused = _told(str(fault), events, envelope)
    event_id = envelope.event_id if isinstance(envelope.event_id, str) else None
    return msgspec.structs.replace(refused, event_id=event_id[:512] if event_id else None)


def _not_an_object(message: bytes) -> str:
    try:
        value = msgspec.json.decode(message)
    except _UNREADABLE:
        return "malformed JSON"
    kinds = {list: "array", str: "str", bool: "bool", NoneType: "null", int: "int"}
    return _NAMES[kinds.get(type(value), "float")]


def _told(line: str, events: Any, envelope: Envelope) -> Refused:
    match = _LINE.match(line)
    assert match is not None
    what, path = match["what"], (match["path"] or "").removesuffix("[...]")
    if found := _UNKNOWN.fullmatch(what):
        return _unknown(_join(path, found[1]))
    if found := _MISSING.fullmatch(what):
        return (
            errors.no_type()
            if not path and found[1] == "type"
            else errors.missing(_join(path, found[1]))
        )
    if found := _VALUE.fullmatch(what):
        return _unsupported(path, found[1], _type_at(events, path, envelope.type))
    if found := _TYPE.fullmatch(what):
        return _wrong_type(path, found[1], found[2] or "something else")
    if found := _BOUND.fullmatch(what):
        return errors.bad_value(
            path, f"Invalid value for '{path}': expected {_bound(*found.groups())}."
        )
    if what == "Invalid base64 encoded string":
        return errors.bad_audio(path, "an invalid value")
    return errors.bad_value(path or None, f"Invalid '{path or 'message'}': {what}.")


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path else name


def _unknown(param: str) -> Refused:
    """Chat completions nests the forced function; here its name is what is missing."""
    if param.endswith("tool_choice.function"):
        return errors.missing(param.removesuffix("function") + "name")
    return errors.unknown(param)


def _wrong_type(path: str, expected: str, got: str) -> Refused:
    if expected == "null":
        return errors.not_built(path)
    if expected == "bytes":
        return errors.bad_audio(path, "an invalid value")
    kinds = [_NAMES.get(kind, kind) for kind in expected.split(" | ") if kind != "null"]
    return errors.wrong_type(path, " or ".join(kinds), _NAMES.get(got, got))


def _bound(kind: str, bound: str) -> str:
    return f"{_NAMES.get(kind, kind)} {bound}"


def _unsupported(path: str, shown: str, supported: tuple[str, ...]) -> Refused:
    value = shown.strip("'")
    return errors.unsupported_value(path, value, supported)


def _type_at(events: Any, path: str, event_type: Any) -> tuple[str, ...]:
    """The values that may stand at `path`: tags or literals of the declared type there."""
    if path == "type":
        return tuple(_tag(event) for event in get_args(events))
    hints = [event for event in get_args(events) if _tag(event) == event_type]
    for step in re.findall(r"[^.\[\]]+", path):
        hints = [inner for hint in hints for inner in _inside(hint, step)]
    return tuple(sorted({value for hint in hints for value in _literals(hint)}))


def _inside(hint: Any, step: str) -> list[Any]:
    """The types found one step of a path deeper."""
    if get_origin(hint) in (Union, UnionType):
        return [inner for part in get_args(hint) for inner in _inside(part, step)]
    if isinstance(hint, type) and issubclass(hint, Struct):
        if step == "type" and _tag(hint):
            return [Literal[_tag(hint)]]
        fields = get_type_hints(hint)
        return [fields[step]] if step in fields else []
    if step.isdigit() or step == "...":
        return [part for part in get_args(hint) if part is not Ellipsis]
    return []


def _literals(hint: Any) -> tuple[str, ...]:
    if get_origin(hint) is Literal:
        return tuple(str(value) for value in get_args(hint))
    if get_origin(hint) in (Union, UnionType):
        return tuple(value for part in get_args(hint) for value in _literals(part))
    return ()


def _tag(event: type[Struct]) -> str:
    return str(event.__struct_config__.tag or "")
