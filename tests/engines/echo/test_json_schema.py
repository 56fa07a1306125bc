"""What is allowed agrees with the reference validator, and no schema does harm."""

import time
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.schemas import FROM_LIFE, PARAMETERS, Schema
from repartee.engines.echo.json_schema import (
    Document,
    companions,
    is_multiple,
    same,
    tidy,
    types_of,
)

JSON: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(-50, 50) | st.floats(-9, 9) | st.text("ab", max_size=3),
    lambda parts: st.lists(parts, max_size=3) | st.dictionaries(st.text("ab", max_size=1), parts),
    max_leaves=6,
)

SCALARS: list[Schema] = [
    {"type": "integer", "minimum": 2, "exclusiveMaximum": 7, "multipleOf": 2},
    {"type": "number", "multipleOf": 0.1},
    {"enum": [1, "a", None, [1]]},
    {"const": False},
    {"minLength": 1, "maxLength": 2},
    {"not": {"type": "string"}},
    {"oneOf": [{"type": "integer"}, {"minimum": 3}]},
    {"anyOf": [{"type": "null"}, {"maxItems": 1}]},
    {"if": {"type": "integer"}, "then": {"minimum": 0}, "else": {"type": ["string", "array"]}},
    {"prefixItems": [{"type": "integer"}], "items": {"type": "string"}, "minItems": 1},
    {"contains": {"type": "integer"}, "minContains": 2, "uniqueItems": True},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
    {"required": ["a"], "dependentRequired": {"a": ["b"]}, "maxProperties": 2},
    {"propertyNames": {"enum": ["a"]}, "minProperties": 1},
    {"$defs": {"a": {"type": "array", "items": {"$ref": "#/$defs/a"}}}, "$ref": "#/$defs/a"},
    {"allOf": [{"type": "string"}, {"minLength": 2}]},
]


FEW = settings(max_examples=settings().max_examples // 4)  # the reference is slow


def allows(schema: Any, value: object) -> bool:
    return Document(schema, 10_000).allows(schema, value)


@pytest.mark.parametrize("schema", SCALARS, ids=str)
@FEW
@given(value=JSON)
def test_it_agrees_with_the_reference(schema: Schema, value: object) -> None:
    assert allows(schema, value) == jsonschema.Draft202012Validator(schema).is_valid(value)


@FEW
@given(PARAMETERS, st.dictionaries(st.text("ab", min_size=1, max_size=2), JSON))
def test_what_the_reference_allows_is_allowed(schema: Schema, value: dict[str, Any]) -> None:
    if jsonschema.Draft202012Validator(schema).is_valid(value):
        assert allows(schema, value)


@FEW
@given(JSON.filter(lambda schema: isinstance(schema, dict)), JSON)
def test_nonsense_is_passed_over(nonsense: Schema, value: object) -> None:
    keywords: Schema = dict.fromkeys(FROM_LIFE["optional"], nonsense) | {
        "minimum": nonsense,
        "$ref": "x",
    }
    keywords |= {"enum": 3, "required": True, "dependentRequired": {"a": 3}}
    assert allows(keywords, value) in (True, False)
    assert allows(nonsense, value) in (True, False)


def test_names_given_by_a_pattern_are_allowed() -> None:
    schema = {"patternProperties": {"^x-": {}}, "additionalProperties": False}
    assert allows(schema, {"x-a": 1})
    assert not allows({"additionalProperties": False}, {"x-a": 1})


def test_references_are_looked_up_in_the_document() -> None:
    document = Document({"a/b": [{"x%": {"type": "null"}}], "anchor": 1}, 100)
    assert document.resolved("#/a~1b/0/x%25") == {"type": "null"}
    assert document.resolved("#") is not True
    for unknown in ("#anchor", "#/nowhere", "https://example.com/schema", "#/a~1b/7"):
        assert document.resolved(unknown) is True


@pytest.mark.parametrize(
    "hostile",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}, {"$ref": "#"}]},
        {"anyOf": [{"$ref": "#"}] * 9, "not": {"$ref": "#"}},
        {"properties": {"a": {"$ref": "#"}}, "additionalProperties": {"$ref": "#"}},
    ],
)
def test_hostile_schemas_cost_little(hostile: Schema) -> None:
    before = time.process_time()
    allows(hostile, {"a": {"a": {"a": {}}}})
    assert time.process_time() - before < 0.5


def test_equality_is_that_of_json() -> None:
    assert same(1, 1.0)
    assert not same(1, True)
    assert not same(0, False)
    assert not same([{"a": 1}], [{"a": True}])
    assert same({"a": [1]}, {"a": [1.0]})


def test_multiples() -> None:
    assert is_multiple(10**30, 10)
    assert is_multiple(0.5, 0.25)
    assert is_multiple(7, -1)  # a step that makes no sense says nothing
    assert not is_multiple(7, 2)
    assert not is_multiple(1e308, 1e-300)


def test_reading_a_schema() -> None:
    assert types_of({"type": ["string", 3, "unheard-of"]}) == ["string"]
    assert tidy({"minimum": "3", "maximum": True, "title": 1}) == {"title": 1}
    assert companions({"dependentRequired": {"a": ["b", 1]}}, "a") == ["b"]
