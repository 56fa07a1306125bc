"""Every engine keeps every rule; the rules stand in `repartee.conformance.engines`."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.contract import ENGINES, parrot_installed, running
from repartee.conformance.engines import problems
from repartee.engines.registry import ROLES, Role


@pytest.fixture(autouse=True)
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with parrot_installed(tmp_path, monkeypatch):
        yield


@pytest.mark.parametrize(("role", "name"), ENGINES)
async def test_it_keeps_every_rule(role: Role, name: str) -> None:
    async with running(role, name) as engine:
        assert await problems(role, engine) == {}


def test_every_role_has_an_engine() -> None:
    assert {role for role, _ in ENGINES} == {*ROLES}
