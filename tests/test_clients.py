"""Every stock client in Python is pinned, played and told of."""

import re
from pathlib import Path

import pytest

from live.test_python_clients import CLIENTS

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / "tests" / "clients"
REQUIREMENTS = sorted((SCRIPTS / "requirements").glob("*.in"))
SHARED = {"scene"}


def test_every_script_is_played() -> None:
    assert {path.stem for path in SCRIPTS.glob("*.py")} - SHARED == {
        client.script for client in CLIENTS
    }


def test_every_environment_is_used() -> None:
    assert {path.stem for path in REQUIREMENTS} == {client.environment for client in CLIENTS}


@pytest.mark.parametrize("requirements", REQUIREMENTS, ids=lambda path: path.stem)
def test_the_version_is_pinned_and_told(requirements: Path) -> None:
    (pinned,) = re.findall(r"^([\w-]+)[\w\[\]]*==([\d.]+)", requirements.read_text(), re.M)
    name, version = pinned
    assert f"\n{name}=={version} " in "\n" + requirements.with_suffix(".txt").read_text()
    readme = " ".join((ROOT / "README.md").read_text().split())
    assert re.search(rf"{name}\S* [^,(]*{re.escape(version)}", readme)
