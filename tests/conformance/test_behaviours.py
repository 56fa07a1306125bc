"""The numbers of behaviours, and their areas."""

import pytest

from repartee.conformance.behaviours import AREAS, BEHAVIOURS, area_of


def test_there_are_216() -> None:
    assert (BEHAVIOURS[0], BEHAVIOURS[-1], len(BEHAVIOURS)) == ("B001", "B216", 216)


@pytest.mark.parametrize(
    ("behaviour", "area"),
    [
        ("B001", "connect"),
        ("B023", "connect"),
        ("B024", "session.update"),
        ("B066", "vad"),
        ("B216", "context"),
    ],
)
def test_each_belongs_to_an_area(behaviour: str, area: str) -> None:
    assert area_of(behaviour) == area


def test_every_area_has_some() -> None:
    assert {*map(area_of, BEHAVIOURS)} == {*AREAS}
