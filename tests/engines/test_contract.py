"""Every engine keeps every rule; the rules stand in repartee.conformance.engines."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.contract import ENGINES, parrot_installed, running
from repartee.conformance.engines import CHECKS, Check, judge
from repartee.engines.registry import Role


@pytest.fixture(autouse=True)
def parrot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with parrot_installed(tmp_path, monkeypatch):
        yield


@pytest.mark.parametrize(
    ("role", "name", "check"),
    [(role, name, check) for role, name in ENGINES for check in CHECKS[role]],
    ids=lambda value: value if isinstance(value, str) else value.__name__,
)
async def test_contract(role: Role, name: str, check: Check) -> None:
    async with running(role, name) as engine:
        assert await judge(check, engine) == ""
