"""The client events: what is well said is obeyed, what is badly said is refused by name.

The bad values are made from the structs themselves, so that no field is forgotten.
"""

import json
from collections.abc import Iterator
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import inspect

from repartee.protocol.client import ClientEvent
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from stage import Stage

EVENTS = {event.__struct_config__.tag: event for event in get_args(ClientEvent)}
SAMPLES: dict[str, Any] = {
    "string": "wrong",
    "decimal": 1.5,
    "boolean": True,
    "array": [],
    "object": {},
}
Mutant = tuple[Any, str, str]  # a bad value, the code it is refused with, the path to the fault


def kinds(declared: inspect.Type) -> set[str]:
    """The JSON kinds that a type takes."""
    match declared:
        case inspect.StrType() | inspect.BytesType():
            return {"string"}
        case inspect.LiteralType(values=values):
            return {"string"} if isinstance(values[0], str) else set()
        case inspect.IntType() | inspect.NoneType():
            return set()
        case inspect.FloatType():
            return {"decimal"}
        case inspect.BoolType():
            return {"boolean"}
        case inspect.ListType() | inspect.VarTupleType():
            return {"array"}
        case inspect.DictType() | inspect.StructType():
            return {"object"}
        case inspect.UnionType(types=types):
            return {kind for one in types for kind in kinds(one)}
    raise AssertionError(declared)


def good(declared: inspect.Type) -> Any:
    """The smallest good value of a type."""
    match declared:
        case inspect.StrType():
            return "text"
        case inspect.BytesType():
            return "AAA="
        case inspect.LiteralType(values=values):
            return values[0]
        case inspect.IntType():
            return 1
        case inspect.ListType() | inspect.VarTupleType():
            return []
        case inspect.UnionType(types=types):
            return good(types[0])
        case inspect.StructType(tag_field=tag_field, tag=tag, fields=fields):
            named = {tag_field: tag} if tag_field else {}
            return named | {one.name: good(one.type) for one in fields if one.required}
    raise AssertionError(declared)


def bad(declared: inspect.Type) -> Iterator[Mutant]:
    """Every way in which a value of the type can be wrong."""
    match declared:
        case inspect.NoneType():
            wrong = "invalid_value"  # known to the protocol, and not built
        case inspect.BytesType():
            wrong = "invalid_value"
        case _:
            wrong = "invalid_type"
    for kind, sample in SAMPLES.items():
        if kind not in kinds(declared):
            yield sample, wrong, ""
    yield from inner(declared)


def inner(declared: inspect.Type) -> Iterator[Mutant]:
    """Values of the right kind that are wrong inside."""
    match declared:
        case inspect.UnionType(types=types):
            for one in types:
                yield from inner(one)
        case inspect.IntType(ge=least, le=most) | inspect.FloatType(ge=least, le=most):
            yield from ((least - 1, "invalid_value", ""),) if least is not None else ()
            yield from ((most + 1, "invalid_value", ""),) if most is not None else ()
        case inspect.StrType(max_length=int(most)):
            yield "x" * (most + 1), "invalid_value", ""
        case inspect.LiteralType(values=(int(), *_)):
            yield -1, "invalid_value", ""
        case inspect.LiteralType() | inspect.BytesType():
            yield "wrong!", "invalid_value", ""
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            for value, code, path in bad(item):
                yield [value], code, f"[0]{path}"
        case inspect.StructType():
            yield from members(declared)


def members(struct: inspect.StructType) -> Iterator[Mutant]:
    """A struct with one member too many, too few, or wrong."""
    whole = good(struct)
    if struct.forbid_unknown_fields:
        yield {**whole, "nonsense": 1}, "unknown_parameter", ".nonsense"
    if struct.tag_field:
        yield {**whole, struct.tag_field: "nonsense"}, "invalid_value", f".{struct.tag_field}"
    for field in struct.fields:
        if field.required:
            rest = {name: value for name, value in whole.items() if name != field.name}
            yield rest, "missing_required_parameter", f".{field.name}"
        for value, code, path in bad(field.type):
            yield {**whole, field.name: value}, code, f".{field.name}{path}"


def bad_events() -> Iterator[Any]:
    for kind, event in EVENTS.items():
        declared = inspect.type_info(event)
        assert isinstance(declared, inspect.StructType)
        for number, (value, code, path) in enumerate(members(declared)):
            yield pytest.param(value, code, path.removeprefix("."), id=f"{kind}-{number}{path}")


BAD = list(bad_events())


@pytest.mark.parametrize("kind", EVENTS)
def test_the_smallest_event_is_decoded(kind: str) -> None:
    whole = good(inspect.type_info(EVENTS[kind]))
    assert isinstance(GA.decode(json.dumps(whole).encode()), EVENTS[kind])


@pytest.mark.parametrize("kind", EVENTS)
def test_null_is_as_if_absent(kind: str) -> None:
    """Clients write null for every member that they do not use."""
    whole = good(inspect.type_info(EVENTS[kind]))
    optional = [one.name for one in inspect.type_info(EVENTS[kind]).fields if not one.required]  # type: ignore[attr-defined]
    nulls = {**whole, **dict.fromkeys(optional)}
    assert GA.decode(json.dumps(nulls).encode()) == GA.decode(json.dumps(whole).encode())


def test_the_bad_values_reach_every_part_of_the_protocol() -> None:
    paths = {param.values[2] for param in BAD}
    assert paths > {
        "session.audio.input.turn_detection.threshold",
        "session.tools[0].name",
        "session.tool_choice.name",
        "response.input[0].content[0].audio",
        "item.content[0].text",
        "audio_end_ms",
        "event_id",
    }


@pytest.fixture(scope="module")
def stage() -> Stage:
    """One session for all: nothing that is refused may change it."""
    return Stage()


@pytest.mark.parametrize(("event", "code", "param"), BAD)
def test_a_bad_value_is_refused_by_name_and_changes_nothing(
    stage: Stage, event: dict[str, Any], code: str, param: str
) -> None:
    """B026-B048, B029, B206, and the whole path as param."""
    named = event if param == "event_id" else {**event, "event_id": "mine"}
    before = stage.session.config
    answers = stage.client(named)
    assert [answer["type"] for answer in answers] == ["error"]
    error = answers[0]["error"]
    assert (error["code"], error["param"]) == (code, param)
    assert param == "event_id" or error["event_id"] == "mine"
    assert stage.session.config == before


words = st.one_of(
    st.sampled_from([*EVENTS, "realtime", "server_vad", "message", "user", "input_text", "root"]),
    st.text(max_size=8),
)
names = st.one_of(
    st.sampled_from(["type", "event_id", "session", "response", "audio", "input", "output"]),
    st.sampled_from(["item", "item_id", "id", "role", "content", "content_index", "text"]),
    st.sampled_from(["audio_end_ms", "response_id", "previous_item_id", "tools", "name"]),
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | words,
    lambda deeper: (
        st.lists(deeper, max_size=3)
        | st.dictionaries(names | st.text(max_size=4), deeper, max_size=4)
    ),
    max_leaves=12,
)
anything = st.one_of(
    values,
    st.builds(
        lambda kind, members: {**good(inspect.type_info(EVENTS[kind])), **members},
        st.sampled_from(list(EVENTS)),
        st.dictionaries(names.filter(lambda name: name != "type"), values, max_size=3),
    ),
)


@given(messages=st.lists(anything, min_size=1, max_size=6))
def test_whatever_json_a_client_sends_is_answered(messages: list[Any]) -> None:
    """B051, B207, B208: nothing raises, nothing is passed over, nothing ends the session."""
    stage = Stage()
    for message in messages:
        event = GA.decode(json.dumps(message).encode())
        answers = stage.feed(event)
        silent = not isinstance(event, Refused) and msgspec.to_builtins(event)["type"] == (
            "input_audio_buffer.append"
        )
        assert answers or silent
    assert not stage.closed
