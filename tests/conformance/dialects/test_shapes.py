"""The language of shapes."""

from typing import Any

import pytest

from repartee.conformance.dialects.shapes import Nullable, Tagged, faults

PET = Tagged("kind", {"cat": {"lives": int}, "dog": {"tricks?": [str]}})


@pytest.mark.parametrize(
    ("value", "shape"),
    [
        ("x", str),
        (1, int),
        (1, float),
        (1.5, float),
        (True, bool),
        ({}, dict),
        ("a", {"a", "b"}),
        ([1, 2], [int]),
        ({"a": 1, "other": None}, {"a": int, "b?": str}),
        (None, Nullable(str)),
        ("x", Nullable(str)),
        ({"kind": "cat", "lives": 9}, PET),
        ({"kind": "dog"}, PET),
        ("inf", (int, {"inf"})),
        ({"b": None}, {"b?": Nullable(str)}),
    ],
)
def test_what_fits(value: object, shape: Any) -> None:
    assert not list(faults(value, shape))


@pytest.mark.parametrize(
    ("value", "shape", "path"),
    [
        (1, str, ""),
        (True, int, ""),
        (1.5, int, ""),
        (None, str, ""),
        ("c", {"a", "b"}, ""),
        ([], {"a", "b"}, ""),
        ({}, [int], ""),
        ([1, "x"], [int], "[1]"),
        ([], {"a": int}, ""),
        ({}, {"a": int}, "a"),
        ({"a": {"b": "x"}}, {"a": {"b?": int}}, "a.b"),
        ({"kind": "cow"}, PET, ".kind"),
        ({"kind": []}, PET, ".kind"),
        ("x", PET, ".kind"),
        ({"kind": "dog", "tricks": [1]}, PET, "tricks[0]"),
        ("x", (int, {"inf"}), ""),
    ],
)
def test_what_does_not_fit(value: object, shape: Any, path: str) -> None:
    assert [fault.path for fault in faults(value, shape)] == [path]


def test_null_in_place_of_an_absent_member_is_told_apart() -> None:
    (fault,) = faults({"b": None}, {"b?": str})
    assert fault.null_in == {"b": None}
    (fault,) = faults({"b": None}, {"b": str})
    assert fault.null_in is None
