"""Arguments made up for a call are valid by the function's schema."""

import json
import re
import time
from typing import Any

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engines.schemas import FROM_LIFE, PARAMETERS, Schema
from repartee.engines.echo.arguments import arguments_for
from repartee.protocol.prompt import Tool

FORMATS = jsonschema.Draft202012Validator.FORMAT_CHECKER
KEYWORDS = re.findall(
    r"\S+",
    """
    if then else prefixItems patternProperties
    type properties required items enum const default examples anyOf oneOf allOf not $ref minimum
    maximum multipleOf minLength maxLength pattern format minItems maxItems uniqueItems contains
    minContains minProperties propertyNames additionalProperties dependentRequired
""",
)
SAID = "Book a table for 12 people at Mario's, please."

VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=3),
    lambda parts: (
        st.lists(parts, max_size=3) | st.dictionaries(st.sampled_from(KEYWORDS), parts, max_size=3)
    ),
    max_leaves=8,
)


FEW = settings(max_examples=settings().max_examples // 4)  # the reference is slow


def arguments(schema: Schema, said: str = SAID) -> Any:
    return json.loads(arguments_for(Tool("f", "", schema), said))


def require_valid(schema: Schema, value: Any) -> None:
    jsonschema.Draft202012Validator(schema, format_checker=FORMATS).validate(value)


@pytest.mark.parametrize("name", FROM_LIFE)
@pytest.mark.parametrize("said", [SAID, "", "東京 👩\u200d🚀"])
def test_schemas_from_life_are_kept(name: str, said: str) -> None:
    value = arguments(FROM_LIFE[name], said)
    assert isinstance(value, dict)
    require_valid(FROM_LIFE[name], value)


@FEW
@given(PARAMETERS, st.text(max_size=60))
def test_schemas_of_all_kinds_are_kept(schema: Schema, said: str) -> None:
    require_valid(schema, arguments(schema, said))


@FEW
@given(st.dictionaries(st.sampled_from(KEYWORDS), VALUES, max_size=5))
def test_nonsense_still_gives_an_object(schema: Schema) -> None:
    assert isinstance(arguments({"properties": {"a": schema, "b": schema}}), dict)
    assert isinstance(arguments(schema), dict)


def test_what_was_said_is_used() -> None:
    properties = {
        "who": {"type": "string"},
        "word": {"type": "string", "maxLength": 4},
        "size": {"type": "integer", "minimum": 2},
        "share": {"type": "number", "maximum": 5},
        "list": {"type": "array", "items": {"type": "string"}},
    }
    assert arguments({"properties": properties}) == {
        "who": SAID,
        "word": "Book",
        "size": 12,
        "share": 1,
        "list": [SAID],
    }


def test_what_the_schema_proposes_comes_first() -> None:
    properties = {
        "unit": {"enum": ["celsius", "fahrenheit"]},
        "kind": {"const": "circle"},
        "page": {"type": "integer", "default": 7},
        "name": {"type": "string", "examples": ["Ada"]},
        "when": {"type": "string", "format": "date"},
        "note": {"anyOf": [{"type": "null"}, {"type": "string"}]},
    }
    assert arguments({"properties": properties}) == {
        "unit": "celsius",
        "kind": "circle",
        "page": 7,
        "name": "Ada",
        "when": "2030-01-31",
        "note": SAID,
    }


def test_recursions_end_soon() -> None:
    link = {"anyOf": [{"$ref": "#/$defs/node"}, {"type": "null"}]}
    node = {"type": "object", "properties": {"next": link}, "required": ["next"]}
    schema = {"$defs": {"node": node}, "properties": {"list": link}}
    assert arguments(schema) == {"list": {"next": None}}


def test_short_words_are_padded() -> None:
    text = arguments({"properties": {"a": {"minLength": 6, "maxLength": 6}}}, "Hi")["a"]
    assert text == "Hi...."


def test_names_may_be_given_by_a_pattern() -> None:
    schema = {
        "patternProperties": {"^x-": {"type": "integer"}},
        "additionalProperties": False,
        "required": ["x-size"],
    }
    assert arguments(schema) == {"x-size": 12}


def test_what_cannot_be_is_attempted() -> None:
    impossible = {"type": "string", "minLength": 5, "maxLength": 3}
    unknown = {"type": "string", "pattern": "^(?=x)\\p{L}$"}
    value = arguments({"properties": {"a": impossible, "b": unknown}, "required": ["a", "b"]})
    assert value.keys() == {"a", "b"}


NODE: Schema = {
    "type": "object",
    "properties": {"left": {"$ref": "#/$defs/node"}, "right": {"$ref": "#/$defs/node"}},
    "required": ["left", "right"],
}


@pytest.mark.parametrize(
    "hostile",
    [
        {"$ref": "#"},
        {"allOf": [{"$ref": "#"}, {"$ref": "#"}, {"$ref": "#"}]},
        {"properties": {"a": {"anyOf": [{"$ref": "#"}] * 50}}, "required": ["a"]},
        {"properties": {"a": {"$ref": "#/$defs/node"}}, "required": ["a"], "$defs": {"node": NODE}},
        {"properties": {"a": {"type": "array", "minItems": 10**9}}},
        {"properties": {"a": {"type": "string", "minLength": 10**9}}},
        {"minProperties": 10**9},
        {"properties": {"a": {"multipleOf": 1e-308, "minimum": 1e308}}},
        {"properties": {"a": {"pattern": "((((((a{99}){99}){99}){99}){99}){99})(x+x+)+y"}}},
    ],
    ids=str,
)
def test_hostile_schemas_cost_little(hostile: Schema) -> None:
    before = time.process_time()
    assert isinstance(arguments(hostile), dict)
    assert time.process_time() - before < 0.5
