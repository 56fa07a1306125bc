"""Schemas as clients write them, for functions that models call."""

import string
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]

NAMES = st.text(string.ascii_lowercase, min_size=1, max_size=4)
PATTERNS = ("^[A-Z]{3}$", "^\\d{5}(-\\d{4})?$", "^(red|green)$", "[a-z]+@[a-z]+\\.com$", "^x*$")
FORMATS = ("date", "date-time", "time", "email", "uuid", "ipv4", "ipv6", "uri", "unheard-of")


@st.composite
def _bounded(draw: st.DrawFn, low: str, high: str, most: int) -> Schema:
    """Two bounds that leave room, or one, or none."""
    first, second = sorted((draw(st.integers(0, most)), draw(st.integers(0, most))))
    choices: list[Schema] = [{}, {low: first}, {high: second}, {low: first, high: second}]
    chosen: Schema = draw(st.sampled_from(choices))
    return chosen


def _strings() -> st.SearchStrategy[Schema]:
    kinds: list[st.SearchStrategy[Schema]] = [
        _bounded("minLength", "maxLength", 40),
        st.sampled_from(PATTERNS).map(lambda pattern: {"pattern": pattern}),
        st.sampled_from(FORMATS).map(lambda form: {"format": form}),
        st.lists(NAMES, min_size=1, max_size=3).map(lambda names: {"enum": names}),
        NAMES.map(lambda name: {"const": name}),
        NAMES.map(lambda name: {"default": name}),
    ]
    return st.one_of(kinds).map(lambda more: {"type": "string", **more})


@st.composite
def _numbers(draw: st.DrawFn) -> Schema:
    kind = draw(st.sampled_from(["integer", "number"]))
    step = draw(st.sampled_from([None, 1, 2, 5] + ([0.5, 0.1] if kind == "number" else [])))
    low = draw(st.none() | st.integers(-1000, 1000))
    high = draw(st.none() | st.integers(10, 500).map(lambda room: (low or 0) + room))
    bounds = {
        draw(st.sampled_from(["minimum", "exclusiveMinimum"])): low,
        draw(st.sampled_from(["maximum", "exclusiveMaximum"])): high,
        "multipleOf": step,
    }
    return {"type": kind, **{key: value for key, value in bounds.items() if value is not None}}


SCALARS: st.SearchStrategy[Schema] = st.one_of(
    _strings(),
    _numbers(),
    st.sampled_from([{"type": "boolean"}, {"type": "null"}, {"type": ["string", "null"]}, {}]),
)


@st.composite
def _objects(draw: st.DrawFn, parts: st.SearchStrategy[Schema]) -> Schema:
    properties = draw(st.dictionaries(NAMES, parts, max_size=4))
    return {
        "type": "object",
        "properties": properties,
        "required": [name for name in properties if draw(st.booleans())],
        "additionalProperties": draw(st.sampled_from([True, False])),
    }


@st.composite
def _arrays(draw: st.DrawFn, parts: st.SearchStrategy[Schema]) -> Schema:
    return {"type": "array", "items": draw(parts)} | draw(_bounded("minItems", "maxItems", 4))


def _combined(parts: st.SearchStrategy[Schema]) -> st.SearchStrategy[Schema]:
    several = st.lists(parts, min_size=1, max_size=3)
    return st.one_of(
        _objects(parts),
        _arrays(parts),
        several.map(lambda branches: {"anyOf": branches}),
        st.tuples(_objects(parts), _objects(parts)).map(_open_both),
        parts.map(lambda part: {"anyOf": [part, {"type": "null"}], "default": None}),
    )


def _open_both(pair: tuple[Schema, Schema]) -> Schema:
    """Two objects as one; closed ones would rule each other's members out."""
    first, second = ({**each, "additionalProperties": True} for each in pair)
    renamed = {f"{name}_2": part for name, part in second["properties"].items()}
    required = [f"{name}_2" for name in second["required"]]
    return {"allOf": [first, {**second, "properties": renamed, "required": required}]}


PARAMETERS: st.SearchStrategy[Schema] = _objects(st.recursive(SCALARS, _combined, max_leaves=8))

# What frameworks make of their users' functions: by hand, by pydantic, by zod.
FROM_LIFE: dict[str, Schema] = {
    "empty": {},
    "no type": {"properties": {"city": {"type": "string"}}, "required": ["city"]},
    "optional": {
        "type": "object",
        "properties": {
            "order_id": {"type": "string", "pattern": "^ORD-[0-9]{6}$"},
            "note": {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None},
            "count": {"type": "integer", "minimum": 1, "maximum": 20},
            "units": {"type": "string", "enum": ["celsius", "fahrenheit"]},
        },
        "required": ["order_id", "note", "count", "units"],
        "additionalProperties": False,
    },
    "definitions": {
        "$defs": {
            "Guest": {
                "type": "object",
                "properties": {
                    "name": {"type": "string", "minLength": 1},
                    "email": {"type": "string", "format": "email"},
                    "diet": {"$ref": "#/$defs/Diet"},
                },
                "required": ["name", "diet"],
            },
            "Diet": {"enum": ["none", "vegan"], "type": "string"},
        },
        "type": "object",
        "properties": {
            "guests": {"type": "array", "items": {"$ref": "#/$defs/Guest"}, "minItems": 2},
            "when": {"type": "string", "format": "date-time"},
        },
        "required": ["guests", "when"],
    },
    "recursive": {
        "type": "object",
        "properties": {"tree": {"$ref": "#/definitions/node"}},
        "required": ["tree"],
        "definitions": {
            "node": {
                "type": "object",
                "properties": {
                    "value": {"type": "number", "exclusiveMinimum": 0, "multipleOf": 0.25},
                    "children": {"type": "array", "items": {"$ref": "#/definitions/node"}},
                    "parent": {"oneOf": [{"$ref": "#/definitions/node"}, {"type": "null"}]},
                },
                "required": ["value", "children", "parent"],
            }
        },
    },
    "discriminated": {
        "type": "object",
        "properties": {
            "shape": {
                "oneOf": [
                    {
                        "properties": {"kind": {"const": "circle"}, "radius": {"type": "number"}},
                        "required": ["kind", "radius"],
                    },
                    {
                        "properties": {"kind": {"const": "square"}, "side": {"type": "number"}},
                        "required": ["kind", "side"],
                    },
                ]
            }
        },
        "required": ["shape"],
    },
    "conditional": {
        "type": "object",
        "properties": {"country": {"enum": ["US", "NL"]}, "postcode": {"type": "string"}},
        "required": ["country", "postcode"],
        "if": {"properties": {"country": {"const": "US"}}},
        "then": {"properties": {"postcode": {"pattern": "^[0-9]{5}$"}}},
        "else": {"properties": {"postcode": {"pattern": "^[0-9]{4} [A-Z]{2}$"}}},
    },
    "tuple": {
        "type": "object",
        "properties": {
            "point": {
                "type": "array",
                "prefixItems": [{"type": "number"}, {"type": "number"}, {"enum": ["m", "ft"]}],
                "items": False,
                "minItems": 3,
            },
            "tags": {
                "type": "array",
                "uniqueItems": True,
                "minItems": 3,
                "items": {"type": "string"},
            },
            "mixed": {"type": "array", "contains": {"const": "needle"}},
        },
        "required": ["point", "tags", "mixed"],
    },
    "map": {
        "type": "object",
        "additionalProperties": {"type": "integer", "minimum": 3},
        "minProperties": 2,
        "propertyNames": {"maxLength": 8},
        "required": ["score"],
    },
    "companions": {
        "type": "object",
        "properties": {"card": {"type": "string"}, "street": {"type": "string"}},
        "required": ["card"],
        "dependentRequired": {"card": ["street"]},
        "not": {"required": ["cash"]},
    },
}
