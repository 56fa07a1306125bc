"""What can be chosen is documented, and the pages that come from the code are its own words."""

import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from repartee.settings.keys import KEYS, ROLES

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "reference" / "settings.md"
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


@pytest.mark.parametrize("key", [*ROLES, *KEYS])
def test_every_setting_is_documented(key: str) -> None:
    assert f"| `{key}` |" in PAGE.read_text()


@pytest.mark.parametrize("engine", PROJECT["entry-points"]["repartee.engines"])
def test_every_engine_is_documented(engine: str) -> None:
    assert f"| `{engine}` |" in PAGE.read_text()


def test_the_page_of_settings_is_what_the_code_says() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "document_settings.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
