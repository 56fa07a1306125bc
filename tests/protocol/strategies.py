"""Hypothesis makes client events from the structs, and then breaks them."""

import base64
import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from msgspec import Struct, inspect

from repartee.protocol.said import Unbuilt

_WORDS = st.sampled_from(["", "text", "item_1", "resp_1", "root", "mine", "whisper-1", "Ünï 😀"])
_SOUND = st.sampled_from([b"", b"\1", b"\1\0", b"\1\0" * 2400]).map(
    lambda pcm: base64.b64encode(pcm).decode()
)
_NAMES = st.sampled_from(
    [
        "type",
        "event_id",
        "session",
        "response",
        "item",
        "audio",
        "input",
        "content",
        "id",
        "tools",
        "text",
        "name",
        "call_id",
    ]
)
anything: SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 10**30, 1e300, 1.0])
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.sampled_from(["message", "function", "server_vad", "realtime", "inf", "\0", "`$.x`"])
    | st.text(max_size=6),
    lambda deeper: (
        st.lists(deeper, max_size=3) | st.dictionaries(_NAMES | st.text(max_size=4), deeper)
    ),
    max_leaves=8,
)
_BYTES = st.sampled_from(
    [
        *(b'"', b"{", b"}", b"[", b",", b":", b"\\", b"\0", b"\xff", b"\xed\xa0\x80"),
        *(b"\xef\xbb\xbf", b'"\\ud800"', b"NaN", b"1e999", b"-0", b"null"),
        *(b"9" * 400, b"[" * 2000, b'{"a":' * 400),
    ]
) | st.binary(min_size=1, max_size=3)


def valid(declared: inspect.Type) -> SearchStrategy[Any]:  # noqa: C901 - one case for each type
    """Values that a type takes."""
    match declared:
        case inspect.StrType(min_length=least, max_length=most):
            words = _WORDS | st.text(max_size=most or 8)
            return words.filter(bool) if least else words
        case inspect.BytesType():
            return _SOUND
        case inspect.LiteralType(values=values):
            return st.sampled_from(values)
        case inspect.IntType(ge=least, le=most):
            return st.integers(-3 if least is None else least, 10_000 if most is None else most)
        case inspect.FloatType(ge=least, le=most):
            return st.floats(least, most)
        case inspect.BoolType():
            return st.booleans()
        case inspect.NoneType():
            return st.none()
        case inspect.AnyType():
            return anything
        case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
            most = declared.max_length or 3
            return st.lists(valid(item), min_size=declared.min_length or 0, max_size=most)
        case inspect.DictType(key_type=name, value_type=member):
            return st.dictionaries(valid(name), valid(member), max_size=2)
        case inspect.UnionType(types=types):
            return st.one_of([valid(one) for one in types if not _is_unbuilt(one)])
        case inspect.StructType():
            return _struct(declared)
    raise AssertionError(declared)


def _is_unbuilt(declared: inspect.Type) -> bool:
    return isinstance(declared, inspect.StructType) and issubclass(declared.cls, Unbuilt)


def _struct(declared: inspect.StructType) -> SearchStrategy[dict[str, Any]]:
    tag = {declared.tag_field: st.just(declared.tag)} if declared.tag_field else {}
    fields = {one.name: (one.required, valid(one.type)) for one in declared.fields}
    return st.fixed_dictionaries(
        tag | {name: value for name, (required, value) in fields.items() if required},
        optional={name: value for name, (required, value) in fields.items() if not required},
    )


def events(kinds: dict[str, type[Struct]]) -> SearchStrategy[dict[str, Any]]:
    """Client events as they should be."""
    return st.one_of([_struct(_declared(event)) for event in kinds.values()])


def _declared(event: type[Struct]) -> inspect.StructType:
    declared = inspect.type_info(event)
    assert isinstance(declared, inspect.StructType)
    return declared


@st.composite
def broken(draw: DrawFn, kinds: dict[str, type[Struct]]) -> Any:
    """An event with a few values in it replaced, removed, added, or put into a list."""
    whole = [draw(events(kinds))]
    for _ in range(draw(st.integers(1, 3))):
        places = _places(whole)
        objects = [holder[name] for holder, name in places if isinstance(holder[name], dict)]
        members = [(holder, name) for holder, name in places if isinstance(holder, dict)]
        holder, name = draw(st.sampled_from(members or places))
        match draw(st.sampled_from(["replace", "remove", "add", "wrap"])):
            case "add" if objects:
                draw(st.sampled_from(objects))[draw(_NAMES | st.text(max_size=4))] = draw(anything)
            case "remove" if isinstance(holder, dict):
                del holder[name]
            case "wrap":
                holder[name] = [holder[name]]
            case _:
                holder[name] = draw(anything)
    return whole[0]


def _places(holder: Any) -> list[tuple[Any, Any]]:
    """Every place in a value, as what holds it and the name or number it has there."""
    names: Any = list(holder) if isinstance(holder, dict) else range(len(holder))
    found = [(holder, name) for name in names]
    return found + [
        place
        for name in names
        if isinstance(holder[name], (dict, list))
        for place in _places(holder[name])
    ]


@st.composite
def torn(draw: DrawFn, kinds: dict[str, type[Struct]]) -> bytes:
    """The text of an event with bytes in it replaced, removed or added."""
    text = json.dumps(draw(events(kinds)), ensure_ascii=draw(st.booleans())).encode()
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.sampled_from([0, 0, 1, 1, 2, 9]))
        text = text[:start] + draw(_BYTES | st.just(b"")) + text[end:]
    return text
