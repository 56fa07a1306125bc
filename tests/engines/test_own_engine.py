"""The engines that the page about one's own shows keep every rule, as they stand."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from engines.contract import installed
from repartee import cli
from repartee.engines.registry import ROLES

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "own-engine.md").read_text()
(PYPROJECT,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
MODULE = "\n\n".join(re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL))


@pytest.fixture(autouse=True)
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    sources = tmp_path / "sources"
    sources.mkdir()
    (sources / "least.py").write_text(MODULE)
    monkeypatch.chdir(sources)
    with installed(tmp_path, monkeypatch, PYPROJECT, sources):
        yield


@pytest.mark.parametrize("role", ROLES)
def test_each_of_them_keeps_the_rules(role: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", f"{role}=least"]) == 0
    told = capsys.readouterr().out
    assert told.count("kept") == len(told.splitlines()) > 3
    assert "BROKEN" not in told


def test_an_option_of_the_wrong_kind_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["check", "voice=least", "--set", "voice.hz=high"]) != 0
    assert "the option hz must be a number" in capsys.readouterr().err


def test_every_role_is_shown() -> None:
    names = tomllib.loads(PYPROJECT)["project"]["entry-points"]["repartee.engines"]
    assert {name.partition(".")[0] for name in names} == {*ROLES}
