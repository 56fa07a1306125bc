"""Arguments for a function call that no model has thought about: valid by the function's schema.

Candidates are drawn up from the schema and from what was said, likeliest first, and the first one
that the schema allows is taken.  A schema that nothing here can satisfy gets the best attempt.
"""

import math
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import msgspec

from repartee.engines.echo import patterns
from repartee.engines.echo.json_schema import (
    Document,
    companions,
    is_number,
    items_of,
    same,
    tidy,
    types_of,
)
from repartee.protocol.prompt import Tool

_EFFORT = 1200  # steps of some 3 µs: no schema may hold up the event loop
_DEEPEST = 8
_TRIES = 24  # values looked at for one place
_MOST_ITEMS = 64

# The formats of JSON Schema Validation 2020-12, section 7.3.
_FORMATS = {
    "date": "2030-01-31",
    "date-time": "2030-01-31T12:00:00Z",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "someone@example.com",
    "idn-email": "someone@example.com",
    "hostname": "example.com",
    "idn-hostname": "example.com",
    "uri": "https://example.com/",
    "iri": "https://example.com/",
    "uri-reference": "https://example.com/",
    "iri-reference": "https://example.com/",
    "uri-template": "https://example.com/",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "json-pointer": "/0",
    "relative-json-pointer": "0",
    "regex": "a",
}
_HINTS = {  # keywords that tell a type where none is named
    "object": ("properties", "required", "minProperties", "additionalProperties"),
    "array": ("items", "prefixItems", "minItems", "contains"),
    "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
}
_ABSENT = object()


def arguments_for(tool: Tool, said: str) -> str:
    """A JSON text that `tool` accepts, with strings and numbers from what was `said`."""
    schema = {**tool.parameters, "type": "object"}
    values = (_Author(schema, said, strict).first(schema) for strict in (True, False))
    return msgspec.json.encode(next((v for v in values if isinstance(v, dict)), {})).decode()


class _Author:
    """Writes values for schemas; a `strict` one gives only those that are allowed."""

    def __init__(self, root: dict[str, Any], said: str, strict: bool) -> None:
        self._document = Document(root, _EFFORT if strict else _EFFORT // 4)
        self._said = said.strip() or "nothing"
        self._strict = strict

    def first(self, schema: object, depth: int = 0) -> Any:
        """The first value that `schema` allows, or _ABSENT."""
        return next(self._valid(schema, depth), _ABSENT)

    def _valid(self, schema: object, depth: int) -> Iterator[Any]:
        for value in islice(self._candidates(schema, depth), _TRIES):
            if not self._strict or self._document.allows(schema, value):
                yield value

    def _candidates(self, schema: object, depth: int) -> Iterator[Any]:
        if schema is False or depth > _DEEPEST or not self._document.spend():
            return
        merged = self._merged(schema, depth)
        if "const" in merged:
            yield merged["const"]
        if "default" in merged:
            yield merged["default"]
        yield from merged.get("examples", ())
        if "enum" in merged:
            yield from merged["enum"]
            return
        for branch in self._branches(merged, depth):
            yield from self._candidates(branch, depth + 1)
        for kind in _kinds(merged):
            yield from getattr(self, f"_{kind}")(merged, depth)

    def _merged(self, schema: object, depth: int) -> dict[str, Any]:
        """`schema` with what it refers to and all it is composed of written into one."""
        merged = tidy(schema) if isinstance(schema, dict) else {}
        while depth <= _DEEPEST * 2 and ("$ref" in merged or "allOf" in merged):
            parts = [self._document.resolved(merged.pop("$ref"))] if "$ref" in merged else []
            for part in (*parts, *merged.pop("allOf", ())):
                if self._document.spend() and isinstance(part, dict):
                    merged = _both(merged, tidy(part))
            depth += 1
        return merged

    def _branches(self, schema: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        """The ways `schema` leaves open, each as a schema without the question."""
        for keyword in ("anyOf", "oneOf"):
            rest = {key: value for key, value in schema.items() if key != keyword}
            branches = [self._merged(branch, 0) for branch in schema.get(keyword, ())]
            # For the same reason null is the last choice near the top, and the first below.
            branches.sort(key=lambda branch: (types_of(branch) == ["null"]) == (depth < 2))
            yield from (_both(rest, branch) for branch in branches)
        if "if" in schema:
            rest = {k: v for k, v in schema.items() if k not in ("if", "then", "else")}
            yield {**rest, "allOf": [schema["if"], schema.get("then", True)]}
            yield {**rest, "allOf": [schema.get("else", True)]}

    def _null(self, schema: dict[str, Any], depth: int) -> Iterator[None]:
        yield None

    def _boolean(self, schema: dict[str, Any], depth: int) -> Iterator[bool]:
        yield from (True, False)

    def _string(self, schema: dict[str, Any], depth: int) -> Iterator[str]:
        shortest, longest = schema.get("minLength", 0), schema.get("maxLength", 4096)
        if "pattern" in schema:
            yield from patterns.matches(schema["pattern"], shortest)
        if schema.get("format") in _FORMATS:
            yield _FORMATS[schema["format"]]
        for text in (self._said, *self._said.split(), *(f"{n} {self._said}" for n in range(2, 9))):
            padding = "." * (min(shortest, 4096) - len(text))
            yield (text + padding)[: max(0, longest)]

    def _integer(self, schema: dict[str, Any], depth: int) -> Iterator[int]:
        for value in self._number(schema, depth):
            if math.isfinite(value) and value == int(value):
                yield int(value)

    def _number(self, schema: dict[str, Any], depth: int) -> Iterator[float]:
        for number in re.findall(r"-?\d{1,15}(?:\.\d{1,9})?", self._said):
            yield float(number) if "." in number else int(number)
        low = max((schema[k] for k in ("minimum", "exclusiveMinimum") if k in schema), default=None)
        high = min(
            (schema[k] for k in ("maximum", "exclusiveMaximum") if k in schema), default=None
        )
        yield from _between(low, high, schema.get("multipleOf", 1))

    def _array(self, schema: dict[str, Any], depth: int) -> Iterator[list[Any]]:
        least = min(schema.get("minItems", 0), _MOST_ITEMS)
        wanted = schema.get("minContains", 1) if "contains" in schema else 0
        places, rest = items_of(schema)
        # Near the top something says more than nothing; further down nothing ends a recursion.
        for size in dict.fromkeys((max(least, 1), least) if depth < 2 else (least, least + 1)):
            parts = [*places[:size], *[rest] * (size - len(places))]
            parts += [schema["contains"]] * min(wanted, _MOST_ITEMS) if wanted else []
            items: list[Any] = []
            for part in parts:
                found = self._valid(part, depth + 1)
                if schema.get("uniqueItems"):
                    found = (item for item in found if not any(same(item, it) for it in items))
                items += islice(found, 1)
            yield items

    def _object(self, schema: dict[str, Any], depth: int) -> Iterator[dict[str, Any]]:
        stated, required = schema.get("properties", {}), schema.get("required", [])
        wishes = [[*stated, *required], required] if depth == 0 else [required]
        for wish in wishes:
            members: dict[str, Any] = {}
            asked = dict.fromkeys(wish)
            names = {name: None for name in stated if name in asked} | asked
            for name in (*names, *self._further_names(schema, len(names))):
                self._add(members, schema, name, depth)
            yield members

    def _add(self, members: dict[str, Any], schema: dict[str, Any], name: str, depth: int) -> None:
        value = self.first(_member(schema, name), depth + 1)
        if value is _ABSENT or name in members:
            return
        members[name] = value
        for other in companions(schema, name):
            self._add(members, schema, other, depth)

    def _further_names(self, schema: dict[str, Any], there: int) -> list[str]:
        """Names for the members that `minProperties` wants beyond those that are `there`."""
        missing = min(schema.get("minProperties", 0), _MOST_ITEMS) - there
        if missing <= 0:
            return []
        stated = list(schema.get("properties", {}))[there:]
        rule = {"type": "string", "allOf": [schema.get("propertyNames", True)]}
        names = (*stated, *self._valid(rule, 0), *(f"more_{n}" for n in range(missing)))
        return list(islice(names, missing))


def _kinds(schema: dict[str, Any]) -> list[str]:
    named = types_of(schema)
    if named:
        return sorted(named, key="null".__eq__)  # nothing is the last thing to say
    hinted = [kind for kind, hints in _HINTS.items() if any(hint in schema for hint in hints)]
    return [*hinted, "string", "integer", "null", "array", "object", "boolean"]


def _member(schema: dict[str, Any], name: str) -> object:
    stated = schema.get("properties", {})
    if name in stated:
        return stated[name]
    others = schema.get("additionalProperties", True)
    by_pattern = list(schema.get("patternProperties", {}).values())
    return by_pattern[0] if by_pattern and others is False else others


def _between(low: float | None, high: float | None, step: float) -> Iterator[float]:
    """Numbers from `low` to `high`, multiples of `step` before others."""
    start = low if low is not None else min(high, 1) if high is not None else 1
    if step > 0 and math.isfinite(start / step):
        first = math.ceil(start / step)
        yield from (count * step for count in range(first, first + 8))
        if high is not None and math.isfinite(high / step):
            last = math.floor(high / step)
            yield from (count * step for count in (last, last - 1))
    yield from (each for each in (low, high, 0) if each is not None)
    if low is not None and high is not None:
        yield low + (high - low) / 2


def _both(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """A schema for what both allow, as far as keywords can be joined; candidates are checked."""
    joined = {**other, **one}
    for key in one.keys() & other.keys():
        joined[key] = _joined(key, one[key], other[key])
    return joined


def _joined(key: str, one: Any, other: Any) -> Any:
    if key == "properties":
        every = {**other, **one}
        return {
            name: {"allOf": [one[name], other[name]]} if name in one and name in other else part
            for name, part in every.items()
        }
    if key in ("required", "allOf"):
        return [*one, *(each for each in other if each not in one)]
    if key == "enum":
        return [each for each in one if any(same(each, allowed) for allowed in other)]
    if key == "type":
        return _common_types(one, other)
    if key in ("items", "additionalProperties", "contains", "propertyNames"):
        return {"allOf": [one, other]} if one is not True and other is not True else other
    if key in ("anyOf", "oneOf"):
        return [{"allOf": [a, b]} for a in one[:4] for b in other[:4]]
    if key == "multipleOf" and isinstance(one, int) and isinstance(other, int):
        return math.lcm(one, other)
    if is_number(one) and is_number(other):
        return max(one, other) if "min" in key.lower() else min(one, other)
    return one


def _common_types(one: Any, other: Any) -> list[str]:
    ours, theirs = types_of({"type": one}), types_of({"type": other})
    both = [kind for kind in ours if kind in theirs]
    # Every integer is a number: the narrower of the two remains.
    return both or (["integer"] if {"integer", "number"} <= {*ours, *theirs} else [])
