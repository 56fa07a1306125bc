"""Reading JSON Schema (drafts 4 to 2020-12): what refers to what, and whether a value is allowed.

Schemas come from clients.  So the work is bounded, keywords that make no sense are passed over,
and no client's regular expression is ever run: `pattern` is taken as satisfied here.
"""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

_DEEPEST = 24

_NUMBER = (int, float)
_SHAPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("minimum", "maximum", "multipleOf"), _NUMBER),
    **dict.fromkeys(("exclusiveMinimum", "exclusiveMaximum"), _NUMBER),
    **dict.fromkeys(("minLength", "maxLength", "minItems", "maxItems"), int),
    **dict.fromkeys(("minProperties", "maxProperties", "minContains"), int),
    **dict.fromkeys(("enum", "examples", "required"), list),
    **dict.fromkeys(("allOf", "anyOf", "oneOf", "prefixItems"), list),
    **dict.fromkeys(("properties", "patternProperties", "dependentRequired"), dict),
    **dict.fromkeys(("$ref", "pattern", "format"), str),
    "type": (str, list),
}


def is_number(value: object) -> bool:
    """True and False are integers in Python, but no numbers in JSON."""
    return isinstance(value, _NUMBER) and not isinstance(value, bool)


_TYPES: dict[str, Callable[[object], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": lambda value: is_number(value) and value == int(value),  # type: ignore[call-overload]
    "number": is_number,
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def types_of(schema: dict[str, Any]) -> list[str]:
    """The names of types in `schema`; none where it names none."""
    stated = schema.get("type", [])
    names = stated if isinstance(stated, list) else [stated]
    return [name for name in names if isinstance(name, str) and name in _TYPES]


def same(one: Any, other: Any) -> bool:
    """Equality as JSON has it: 1 is 1.0 but not true."""
    match one, other:
        case [*_], [*_]:
            return len(one) == len(other) and all(map(same, one, other))
        case {}, {}:
            return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    return isinstance(one, bool) == isinstance(other, bool) and one == other


def is_multiple(value: float, step: float) -> bool:
    """Whether `step` goes into `value`, as far as floating point can tell."""
    if step <= 0:
        return True
    if isinstance(value, int) and isinstance(step, int):
        return value % step == 0
    try:
        return (value / step).is_integer()
    except OverflowError:
        return False


def _of(kind: str, check: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """`check`, which says nothing about values of other types."""
    return lambda limit, value: not _TYPES[kind](value) or check(limit, value)


def _distinct(items: list[object]) -> bool:
    return not any(same(item, other) for at, item in enumerate(items) for other in items[:at])


_PLAIN: dict[str, Callable[[Any, Any], bool]] = {
    "const": same,
    "enum": lambda options, value: any(same(option, value) for option in options),
    "minimum": _of("number", lambda limit, value: value >= limit),
    "maximum": _of("number", lambda limit, value: value <= limit),
    "exclusiveMinimum": _of("number", lambda limit, value: value > limit),
    "exclusiveMaximum": _of("number", lambda limit, value: value < limit),
    "multipleOf": _of("number", lambda step, value: is_multiple(value, step)),
    "minLength": _of("string", lambda limit, value: len(value) >= limit),
    "maxLength": _of("string", lambda limit, value: len(value) <= limit),
    "minItems": _of("array", lambda limit, value: len(value) >= limit),
    "maxItems": _of("array", lambda limit, value: len(value) <= limit),
    "uniqueItems": _of("array", lambda wanted, value: not wanted or _distinct(value)),
    "minProperties": _of("object", lambda limit, value: len(value) >= limit),
    "maxProperties": _of("object", lambda limit, value: len(value) <= limit),
    "required": _of("object", lambda names, value: all(name in value for name in names)),
}


def tidy(schema: dict[str, Any]) -> dict[str, Any]:
    """`schema` without the keywords whose value has the wrong shape (booleans are no numbers)."""
    kept = {}
    for key, value in schema.items():
        shape = _SHAPES.get(key)
        if shape is None or (isinstance(value, shape) and not isinstance(value, bool)):
            kept[key] = value
    if "required" in kept:  # draft 3 had a boolean here, and lists may hold anything
        kept["required"] = [name for name in kept["required"] if isinstance(name, str)]
    return kept


class Document:
    """A schema, the definitions it refers to, and the effort still allowed for reading it."""

    def __init__(self, root: object, effort: int) -> None:
        self._root = root
        self._effort = effort

    def spend(self) -> bool:
        """Take one step; False when the effort is used up."""
        self._effort -= 1
        return self._effort >= 0

    def resolved(self, reference: str) -> object:
        """What a local `$ref` points to; any value is allowed where that cannot be found."""
        if reference != "#" and not reference.startswith("#/"):
            return True
        found = self._root
        for part in unquote(reference).split("/")[1:]:
            key = part.replace("~1", "/").replace("~0", "~")  # RFC 6901
            if isinstance(found, list) and key.isdecimal() and int(key) < len(found):
                found = found[int(key)]
            elif isinstance(found, dict) and key in found:
                found = found[key]
            else:
                return True
        return found

    def allows(self, schema: object, value: object, depth: int = 0) -> bool:
        """Whether `value` is valid; doubtful cases are."""
        if isinstance(schema, bool):
            return schema
        if not isinstance(schema, dict) or depth > _DEEPEST or not self.spend():
            return True
        schema = tidy(schema)
        kinds = types_of(schema)
        return (
            (not kinds or any(_TYPES[kind](value) for kind in kinds))
            and all(check(schema[key], value) for key, check in _PLAIN.items() if key in schema)
            and self._allows_combined(schema, value, depth + 1)
            and (not isinstance(value, list) or self._allows_items(schema, value, depth + 1))
            and (not isinstance(value, dict) or self._allows_members(schema, value, depth + 1))
        )

    def _allows_combined(self, schema: dict[str, Any], value: object, depth: int) -> bool:
        def allowed(part: object) -> bool:
            return self.allows(part, value, depth)

        branch = "then" if "if" in schema and allowed(schema["if"]) else "else"
        return (
            ("$ref" not in schema or allowed(self.resolved(schema["$ref"])))
            and all(map(allowed, schema.get("allOf", ())))
            and ("anyOf" not in schema or any(map(allowed, schema["anyOf"])))
            and ("oneOf" not in schema or sum(map(allowed, schema["oneOf"])) == 1)
            and ("not" not in schema or not allowed(schema["not"]))
            and ("if" not in schema or allowed(schema.get(branch, True)))
        )

    def _allows_items(self, schema: dict[str, Any], value: list[Any], depth: int) -> bool:
        places, rest = items_of(schema)
        pairs = [
            *zip(places, value, strict=False),
            *((rest, item) for item in value[len(places) :]),
        ]
        if not all(self.allows(part, item, depth) for part, item in pairs):
            return False
        if "contains" not in schema:
            return True
        found = sum(self.allows(schema["contains"], item, depth) for item in value)
        return bool(found >= schema.get("minContains", 1))

    def _allows_members(self, schema: dict[str, Any], value: dict[str, Any], depth: int) -> bool:
        stated, others = schema.get("properties", {}), schema.get("additionalProperties", True)
        if "patternProperties" in schema:  # which names those are only a regular expression knows
            others = True
        names = schema.get("propertyNames", True)
        return all(
            self.allows(stated.get(name, others), member, depth)
            and self.allows(names, name, depth)
            and all(other in value for other in companions(schema, name))
            for name, member in value.items()
        )


def companions(schema: dict[str, Any], name: str) -> list[str]:
    """The members that an object must have because it has `name`."""
    names = schema.get("dependentRequired", {}).get(name)
    return [each for each in names if isinstance(each, str)] if isinstance(names, list) else []


def items_of(schema: dict[str, Any]) -> tuple[list[Any], Any]:
    """The schemas of an array's first places, and that of all its others."""
    if isinstance(schema.get("items"), list):  # drafts before 2020-12
        return schema["items"], schema.get("additionalItems", True)
    return schema.get("prefixItems", []), schema.get("items", True)
