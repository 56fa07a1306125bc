"""Presets are sound as data."""

import pytest

from repartee.settings import Settings, SettingsError
from repartee.settings.presets import preset, presets


def test_there_are_five() -> None:
    assert [*presets()] == ["offline", "laptop", "gpu", "cloud", "bench"]


@pytest.mark.parametrize("name", presets())
def test_each_says_what_it_is_and_why_it_takes_what(name: str) -> None:
    found = preset(name)
    assert found.summary
    assert [*found.roles] == ["turn", "ears", "mind", "voice"]
    for candidates in found.roles.values():
        assert all(each.why for each in candidates)


def test_offline_is_the_default() -> None:
    for role, candidates in preset("offline").roles.items():
        assert [each.engine for each in candidates] == [getattr(Settings(), role).engine]


@pytest.mark.parametrize("name", presets())
def test_where_one_may_fall_back_the_last_needs_nothing(name: str) -> None:
    found = preset(name)
    for candidates in found.roles.values():
        assert found.strict or not (candidates[-1].model or candidates[-1].remote)


def test_an_unknown_name_is_told() -> None:
    with pytest.raises(
        SettingsError, match=r"there is no preset fast: choose offline, .* or bench"
    ):
        preset("fast")
