"""How a message that does not decode becomes an error that names what is wrong, and where.

msgspec says in one line what it did not like: ``Expected `int`, got `str` - at `$.a.b[0]` ``.
The patterns below turn that line into the catalogue's code, `param` and words; tests pin them.
"""

import re
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Struct

from repartee.protocol import errors
from repartee.protocol.errors import Refused
from repartee.protocol.items import Item, Part

_PLACE = re.compile(r"(?P<key>`key` in )?`\$\.?(?P<path>[^`]*)`")
_UNKNOWN = re.compile(r"Object contains unknown field `(.*)`", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(.*)`")
_VALUE = re.compile(r"Invalid (?:enum )?value (.*)", re.DOTALL)
_TYPE = re.compile(r"Expected `([^`]*)`(?:, got `([^`]*)`)?")
_BOUND = re.compile(r"Expected `([a-z]+)` (.*)")
_STEP = re.compile(r"\.\.\.|[^.\[\]]+")
_ANY = "[...]"  # how msgspec writes "a member of this object", whichever it is
_MOST = 256  # members among which the faulty one is looked for
_LONGEST = 256  # characters of a wrong value that are shown

# A member of another kind of item, or of another kind of part.
_SPARE = re.compile(
    r"Object contains unknown field `(?P<name>.*)` - at "
    r"`\$\.(item|response\.input\[\d+\])(\.content\[\d+\])?`",
    re.DOTALL,
)
_SPARABLE = frozenset(
    name for kind in get_args(Item) + get_args(Part) for name in kind.__struct_fields__
)

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
_KINDS = {
    int: "int",
    float: "float",
    str: "str",
    bool: "bool",
    NoneType: "null",
    list: "array",
    dict: "object",
}


class Envelope(Struct):
    """What can be read of a message that is otherwise wrong."""

    type: Any = None
    event_id: Any = None


def decode(message: bytes, decoder: msgspec.json.Decoder[Any]) -> Any:
    """The event in a message.  Raises what msgspec does, RecursionError, UnicodeDecodeError.

    Histories that clients keep write an item with every member that any item has, null where it
    does not apply.
    """
    try:
        return decoder.decode(message)
    except msgspec.ValidationError as fault:
        found = _SPARE.fullmatch(str(fault))
        if found is None or found["name"] not in _SPARABLE:
            raise
    return msgspec.convert(_sparing(msgspec.json.decode(message)), decoder.type)


def _sparing(event: Any) -> Any:
    """An event whose items say nothing by null."""
    match event:
        case {"item": item}:
            return event | {"item": _applying(item)}
        case {"response": {"input": items} as response}:
            return event | {"response": response | {"input": _applying(items)}}
        case _:
            return event


def _applying(value: Any) -> Any:
    if isinstance(value, list):
        return [_applying(one) for one in value]
    if not isinstance(value, dict):
        return value
    applying = {name for name, one in value.items() if one is not None or name not in _SPARABLE}
    return {name: _applying(value[name]) for name in value if name in applying}


def refusal(message: bytes, events: Any, fault: Exception) -> Refused:
    """The error for `message`, which is none of the union `events` because of `fault`."""
    try:
        envelope = msgspec.json.decode(message, type=Envelope)
    except _UNREADABLE:
        return errors.not_an_event(_not_an_object(message))
    if isinstance(fault, msgspec.ValidationError):
        refused = _told(str(fault), message, events, envelope.type)
    else:
        refused = errors.not_an_event("malformed JSON")
    event_id = envelope.event_id if isinstance(envelope.event_id, str) else None
    return msgspec.structs.replace(refused, event_id=event_id and event_id[:512])


def body_refusal(body: bytes, kind: Any, fault: Exception) -> Refused:
    """The error for a body, which is no `kind` because of `fault`."""
    try:
        msgspec.json.decode(body, type=Envelope)
    except _UNREADABLE:
        return errors.not_a_body(_not_an_object(body))
    if isinstance(fault, msgspec.ValidationError):
        return _told(str(fault), body, tuple[kind], "")
    return errors.not_a_body("malformed JSON")


def _not_an_object(message: bytes) -> str:
    try:
        return _NAMES[_KINDS[type(msgspec.json.decode(message))]]
    except RecursionError:
        return "one that is nested too deeply"
    except _UNREADABLE:
        return "malformed JSON"


def _told(line: str, message: bytes, events: Any, event_type: Any) -> Refused:
    what, _, where = line.rpartition(" - at ")
    place = _PLACE.fullmatch(where)
    if place is None:  # the message as a whole, whatever words of the client's are in the line
        what = line
    unnamed = place["path"] if place else ""
    path = _named(unnamed, message, events, event_type)
    if found := _UNKNOWN.fullmatch(what):
        return _unknown(_join(path, found[1]))
    if found := _MISSING.fullmatch(what):
        return _missing(_join(path, found[1]))
    if found := _VALUE.fullmatch(what):
        supported = _supported(_types_at(unnamed, events, event_type))
        return errors.unsupported_value(path, _shown(path, message, found[1]), supported)
    if found := _TYPE.fullmatch(what):
        return _wrong_type(path, found[1], found[2] or _kind_at(path, message))
    if found := _BOUND.fullmatch(what):
        bound = _bound(*found.groups(), of_names=bool(place and place["key"]))
        return errors.bad_value(path, f"Invalid value for '{path}': expected {bound}.")
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


def _missing(param: str) -> Refused:
    return errors.no_type() if param == "type" else errors.missing(param)


def _wrong_type(path: str, expected: str, got: str) -> Refused:
    kinds = [kind for kind in expected.split(" | ") if kind != "null"]
    if kinds == ["bytes"]:
        return errors.bad_audio(path, "an invalid value")
    named = " or ".join(_NAMES.get(kind, kind) for kind in kinds)
    return errors.wrong_type(path, named, _NAMES.get(got, got))


def _bound(kind: str, bound: str, *, of_names: bool) -> str:
    owner = "every name to be " if of_names else ""
    return f"{owner}{_NAMES.get(kind, kind)} {bound}"


def _shown(path: str, message: bytes, otherwise: str) -> str:
    """The value that is wrong, or the beginning of a long one."""
    value = _value_at(path, message)
    shown = otherwise.strip("'") if value is ... else str(value)
    return shown if len(shown) <= _LONGEST else f"{shown[:_LONGEST]}…"


def _named(path: str, message: bytes, events: Any, event_type: Any) -> str:
    """The path with the name of the member that msgspec does not tell, if it can be found."""
    place, mark, rest = path.partition(_ANY)
    if not mark:
        return path
    members = _value_at(place, message)
    if not isinstance(members, dict) or len(members) > _MOST:
        return place
    for hint in _types_at(place + _ANY, events, event_type):
        for name, member in members.items():
            try:
                msgspec.convert(member, hint)
            except msgspec.ValidationError:
                return f"{place}.{name}{rest}"
    return place


def _kind_at(path: str, message: bytes) -> str:
    return _KINDS.get(type(_value_at(path, message)), "something else")


def _value_at(path: str, message: bytes) -> Any:
    """What the message has at a path without `[...]`; ... where that cannot be told."""
    try:
        value = msgspec.json.decode(message)
        for step in _STEP.findall(path):
            value = value[int(step) if isinstance(value, list) else step]
    except (*_UNREADABLE, LookupError, TypeError, ValueError):
        return ...
    return value


def _types_at(path: str, events: Any, event_type: Any) -> list[Any]:
    """The types that may stand at a path of msgspec's."""
    if path == "type":
        return [Literal[tuple(_tag(event) for event in get_args(events))]]
    hints: list[Any] = [event for event in get_args(events) if _tag(event) == event_type]
    for step in _STEP.findall(path):
        hints = [inner for hint in hints for kind in _kinds(hint) for inner in _inside(kind, step)]
    return hints


def _kinds(hint: Any) -> list[Any]:
    """The types that a hint allows, one by one."""
    if get_origin(hint) is Annotated:
        return _kinds(get_args(hint)[0])
    if get_origin(hint) in (Union, UnionType):
        return [kind for part in get_args(hint) for kind in _kinds(part)]
    return [hint]


def _inside(kind: Any, step: str) -> list[Any]:
    """The types found one step of a path deeper."""
    if isinstance(kind, type) and issubclass(kind, Struct):
        if step == "type" and _tag(kind):
            return [Literal[_tag(kind)]]
        fields = get_type_hints(kind, include_extras=True)
        return [fields[step]] if step in fields else []
    if step == "..." and get_origin(kind) is dict:
        return [get_args(kind)[1]]
    if step.isdigit():
        return [part for part in get_args(kind) if part is not Ellipsis]
    return []


def _supported(types: list[Any]) -> tuple[str, ...]:
    """The tags or literals that may stand where these types may."""
    kinds = {kind for hint in types for kind in _kinds(hint) if get_origin(kind) is Literal}
    return tuple(sorted({str(value) for kind in kinds for value in get_args(kind)}))


def _tag(event: type[Struct]) -> str:
    return str(event.__struct_config__.tag or "")
