"""What may be said of a configuration, and what in it cannot be served."""

from typing import Annotated, Any, Literal

import msgspec
import pytest
from msgspec import UNSET, Struct

from repartee.protocol.client import SaidConfig
from repartee.protocol.said import (
    DEEPEST,
    Later,
    Section,
    Unbuilt,
    forget_nulls,
    merge,
    said,
    too_deep,
    unbuilt,
)


def test_what_is_said_keeps_the_types_of_what_holds() -> None:
    class Effective(Struct, frozen=True, tag="x"):
        count: int = 1
        kind: str = "a"

    derived = said(Effective, without=("count",))
    assert derived.__name__ == "SaidEffective"
    assert derived.__struct_fields__ == ("kind",)
    whole = said(Effective)
    value = msgspec.convert({"type": "x", "count": None}, whole)
    assert msgspec.structs.asdict(value) == {"count": None, "kind": UNSET}


class Inner(Section, frozen=True):
    size: int = 1
    shade: str = "red"


class Planned(Unbuilt, frozen=True, tag="planned"):
    pass


class Built(Struct, frozen=True, tag="built"):
    pass


class Outer(Section, frozen=True):
    inner: Inner = Inner()
    spare: Inner | None = None
    kind: Annotated[Built, Later(Planned)] = Built()
    word: Literal["a", "b"] | None = "a"


SaidOuter: Any = said(Outer)


def outer(**members: Any) -> Struct:
    made: Struct = msgspec.convert(members, SaidOuter)
    return made


def test_sections_merge_and_other_values_are_replaced() -> None:
    after = merge(Outer(), outer(inner={"size": 2}, word="b"))
    assert after == Outer(inner=Inner(size=2), word="b")


def test_null_is_a_value_where_the_field_has_it() -> None:
    assert merge(Outer(), outer(inner=None, word=None)) == Outer(word=None)


def test_a_section_that_was_off_begins_with_the_fresh_one() -> None:
    fresh = Outer(spare=Inner(size=5))
    assert merge(Outer(), outer(spare={"shade": "blue"}), fresh).spare == Inner(5, "blue")
    assert merge(Outer(), outer(spare={"shade": "blue"})).spare == Inner(1, "blue")


def test_unknown_members_cannot_be_said() -> None:
    with pytest.raises(msgspec.ValidationError, match="unknown field `nonsense`"):
        outer(inner={"nonsense": 1})


def test_what_comes_later_can_be_said_and_is_found() -> None:
    assert unbuilt(outer(kind={"type": "planned", "more": 1}), "x") == "x.kind.type"
    assert unbuilt(outer(kind={"type": "built"}), "x") is None


def test_nulls_are_forgotten() -> None:
    class Named(Struct, frozen=True):
        name: str | None = None
        size: int | None = None

    named = Named(size=1)
    forget_nulls(named)
    assert msgspec.structs.asdict(named) == {"name": UNSET, "size": 1}


@pytest.mark.parametrize(
    ("session", "path"),
    [
        ({"tools": [{"type": "function", "name": "a"}, {"type": "mcp"}]}, "session.tools[1].type"),
        ({"tool_choice": {"type": "mcp", "server_label": "a"}}, "session.tool_choice.type"),
        (
            {"prompt": {"id": "a", "variables": {"b": "c", "d": {"type": "input_file"}}}},
            "session.prompt.variables.d.type",
        ),
        ({"tools": [{"type": "function", "name": "a", "parameters": {"type": "mcp"}}]}, None),
    ],
)
def test_what_is_not_served_yet_is_found(session: dict[str, Any], path: str | None) -> None:
    assert unbuilt(msgspec.convert({"type": "realtime", **session}, SaidConfig), "session") == path


@pytest.mark.parametrize(
    ("levels", "where"), [(DEEPEST, None), (DEEPEST + 1, "x.tools[0].parameters")]
)
def test_objects_are_as_deep_as_python_can_walk_them(levels: int, where: str | None) -> None:
    deep: Any = {"a": 1}
    for _ in range(levels - 1):
        deep = {"a": deep}
    tool = {"type": "function", "name": "a", "parameters": deep}
    update = msgspec.convert({"type": "realtime", "tools": [tool]}, SaidConfig)
    assert too_deep(update, "x") == where
