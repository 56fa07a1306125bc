"""Everything that can be wrong with a client event, made from the structs themselves.

No field is listed here, so none is forgotten: what a struct declares is what is tried.
"""

from collections.abc import Iterator
from typing import Any, NamedTuple, TypeGuard, get_args

from msgspec import Struct, inspect

from repartee.protocol.beta import BETA, BETA_EVENTS
from repartee.protocol.client import ClientEvent
from repartee.protocol.ga import GA, Dialect

SAMPLES: dict[str, Any] = {
    "a string": "wrong",
    "an integer": 7,
    "a decimal number": 1.5,
    "a boolean": True,
    "an array": [],
    "an object": {},
    "null": None,
}
DIALECTS: dict[str, tuple[Dialect, dict[str, type[Struct]]]] = {
    name: (dialect, {str(event.__struct_config__.tag): event for event in get_args(events)})
    for name, dialect, events in (("ga", GA, ClientEvent), ("beta", BETA, BETA_EVENTS))
}


class Fault(NamedTuple):
    """A bad value, and how it is refused: the code, the path below it, the words.

    In the words `{path}` stands for the whole path.
    """

    value: Any
    code: str
    path: str
    words: str


def kinds(declared: inspect.Type) -> list[str]:  # noqa: C901 - one case for each kind of type
    """The JSON kinds that a type takes, as the catalogue calls them."""
    match declared:
        case inspect.StrType() | inspect.BytesType():
            return ["a string"]
        case inspect.LiteralType(values=values):
            return ["a string"] if isinstance(values[0], str) else ["an integer"]
        case inspect.IntType():
            return ["an integer"]
        case inspect.FloatType():
            return ["a decimal number"]
        case inspect.BoolType():
            return ["a boolean"]
        case inspect.NoneType():
            return ["null"]
        case inspect.ListType() | inspect.VarTupleType():
            return ["an array"]
        case inspect.DictType() | inspect.StructType():
            return ["an object"]
        case inspect.UnionType(types=types):
            return [kind for one in types for kind in kinds(one)]
        case inspect.AnyType():
            return [*SAMPLES]
    raise AssertionError(declared)


def good(declared: inspect.Type) -> Any:  # noqa: C901 - one case for each kind of type
    """The smallest good value of a type."""
    match declared:
        case inspect.StrType() | inspect.AnyType():
            return "text"
        case inspect.BytesType():
            return "AAA="
        case inspect.LiteralType(values=values):
            return values[-1]
        case inspect.IntType(ge=least) | inspect.FloatType(ge=least):
            return 1 if least is None else least
        case inspect.BoolType():
            return False
        case inspect.NoneType():
            return None
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            return [good(item)] * (declared.min_length or 0)
        case inspect.DictType():
            return {}
        case inspect.UnionType(types=types):
            return good(types[0])
        case inspect.StructType(tag_field=tag_field, tag=tag, fields=fields):
            named = {tag_field: tag} if tag_field else {}
            return named | {one.name: good(one.type) for one in fields if one.required}
    raise AssertionError(declared)


def bad(declared: inspect.Type) -> Iterator[Fault]:
    """Every way in which a value of the type can be wrong."""
    taken = kinds(declared)
    expected = " or ".join(dict.fromkeys(kind for kind in taken if kind != "null"))
    for kind, sample in SAMPLES.items():
        if kind in taken or (kind == "an integer" and "a decimal number" in taken):
            continue
        if _is_sound(declared):
            yield Fault(sample, "invalid_value", "", _NO_SOUND)
        else:
            words = f"Invalid type for '{{path}}': expected {expected}, but got {kind} instead."
            yield Fault(sample, "invalid_type", "", words)
    yield from inner(declared)


_NO_SOUND = (
    "Invalid '{path}'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz) but got an "
    "invalid value."
)


def _is_sound(declared: inspect.Type) -> bool:
    types = declared.types if isinstance(declared, inspect.UnionType) else (declared,)
    return any(isinstance(one, inspect.BytesType) for one in types)


def inner(declared: inspect.Type) -> Iterator[Fault]:  # noqa: C901 - one case for each kind
    """Values of the right kind that are wrong inside."""
    match declared:
        case inspect.UnionType(types=types):
            yield from _words_between(types)
            for one in types:
                if not _is_word(one):
                    yield from inner(one)
            if len([one for one in types if isinstance(one, inspect.StructType)]) > 1:
                yield from _tags(types)
        case inspect.IntType() | inspect.FloatType():
            yield from _bounds(declared)
        case inspect.StrType(min_length=least, max_length=most):
            yield from _lengths(declared, "x", least, most)
        case inspect.LiteralType(values=(int(only),)):
            yield Fault(-1, "invalid_value", "", f"Invalid value: '-1'. Value must be '{only}'.")
        case inspect.LiteralType():
            yield from _words_between((declared,))
        case inspect.BytesType():
            yield Fault("wrong!", "invalid_value", "", _NO_SOUND)
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            yield from _lengths(declared, [good(item)], declared.min_length, declared.max_length)
            for fault in bad(item):
                yield fault._replace(value=[fault.value], path=f"[0]{fault.path}")
        case inspect.DictType():
            yield from _dict(declared)
        case inspect.StructType():
            yield from members(declared)


def _is_word(declared: inspect.Type) -> TypeGuard[inspect.LiteralType]:
    return isinstance(declared, inspect.LiteralType) and isinstance(declared.values[0], str)


def _words_between(types: tuple[inspect.Type, ...]) -> Iterator[Fault]:
    """A word that is none of those that may stand there."""
    words = sorted(str(value) for one in types if _is_word(one) for value in one.values)
    if words and not any(isinstance(one, inspect.StrType) for one in types):
        yield Fault("wrong!", "invalid_value", "", _supported("wrong!", words))


def _supported(value: str, words: list[str]) -> str:
    named = ", ".join(f"'{word}'" for word in words)
    must = f"Value must be {named}." if len(words) == 1 else f"Supported values are: {named}."
    return f"Invalid value: '{value}'. {must}"


def _tags(types: tuple[inspect.Type, ...]) -> Iterator[Fault]:
    """An object whose `type` is missing, unknown or no word."""
    tags = sorted(str(one.tag) for one in types if isinstance(one, inspect.StructType))
    yield Fault({}, "missing_required_parameter", ".type", "Missing required parameter: '{path}'.")
    yield Fault({"type": "wrong!"}, "invalid_value", ".type", _supported("wrong!", tags))
    for kind, sample in SAMPLES.items():
        if kind != "a string":
            words = f"Invalid type for '{{path}}': expected a string, but got {kind} instead."
            yield Fault({"type": sample}, "invalid_type", ".type", words)


def _bounds(declared: inspect.IntType | inspect.FloatType) -> Iterator[Fault]:
    (kind,) = kinds(declared)
    is_whole = kind == "an integer"
    for sign, bound in ((">=", declared.ge), ("<=", declared.le)):
        if bound is None:
            continue
        shown = bound if is_whole else float(bound)
        words = f"Invalid value for '{{path}}': expected {kind} {sign} {shown}."
        step = (1, 10**30) if is_whole else (0.01, 1, 1e300)
        for far in step:
            beyond = bound - far if sign == ">=" else bound + far
            yield Fault(beyond, "invalid_value", "", words)


def _lengths(
    declared: inspect.Type, one: Any, least: int | None, most: int | None
) -> Iterator[Fault]:
    (kind,) = kinds(declared)
    for sign, bound, value in (
        (">=", least, one * ((least or 1) - 1)),
        ("<=", most, one * ((most or 0) + 1)),
    ):
        if bound is not None:
            words = f"Invalid value for '{{path}}': expected {kind} of length {sign} {bound}."
            yield Fault(value, "invalid_value", "", words)


def _dict(declared: inspect.DictType) -> Iterator[Fault]:
    """Names that are too long, too many of them, and what is wrong below a name."""
    whole = "Invalid value for '{path}': expected "
    member = good(declared.value_type)
    if (most := declared.max_length) is not None:
        many = {f"name {n}": member for n in range(most + 1)}
        yield Fault(many, "invalid_value", "", f"{whole}an object of length <= {most}.")
    if isinstance(declared.key_type, inspect.StrType) and declared.key_type.max_length:
        most = declared.key_type.max_length
        words = f"{whole}every name to be a string of length <= {most}."
        yield Fault({"n" * (most + 1): member}, "invalid_value", "", words)
    if not isinstance(declared.value_type, inspect.AnyType):
        for fault in bad(declared.value_type):
            value = {"good": member, "a name": fault.value}
            yield fault._replace(value=value, path=f".a name{fault.path}")


def members(struct: inspect.StructType) -> Iterator[Fault]:
    """A struct with one member too many, too few, or wrong."""
    whole = good(struct)
    if not struct.forbid_unknown_fields and not struct.fields:  # known, and not served yet
        unserved = "'{path}' is not supported by this server yet."
        yield Fault({**whole, "server_label": "a"}, "invalid_value", ".type", unserved)
    if struct.forbid_unknown_fields:
        words = "Unknown parameter: '{path}'."
        yield Fault({**whole, "nonsense": 1}, "unknown_parameter", ".nonsense", words)
    for field in struct.fields:
        if field.required:
            rest = {name: value for name, value in whole.items() if name != field.name}
            words = "Missing required parameter: '{path}'."
            yield Fault(rest, "missing_required_parameter", f".{field.name}", words)
        for fault in bad(field.type):
            yield fault._replace(
                value={**whole, field.name: fault.value}, path=f".{field.name}{fault.path}"
            )


def bad_events(event: type[Struct]) -> Iterator[Fault]:
    """Every way in which an event can be wrong; whole paths, and words about them."""
    declared = inspect.type_info(event)
    assert isinstance(declared, inspect.StructType)
    for fault in members(declared):
        path = fault.path.removeprefix(".")
        yield fault._replace(path=path, words=fault.words.replace("{path}", path))
