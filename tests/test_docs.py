"""What can be chosen is documented, and the pages that come from the code are its own words."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from repartee import cli
from repartee.settings.keys import KEYS, ROLES

ROOT = Path(__file__).parents[1]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/**/*.md")]
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


def shown_commands() -> list[str]:
    """Every call of the command that a page shows, without what stands before and after it."""
    shown = re.compile(
        r"(?:^ +|`|\S=\S+ )(?:\.venv/bin/)?repartee ([a-z][^`\n]*?)(?:  .*|`|$)", re.M
    )
    return sorted({match for page in PAGES for match in shown.findall(page.read_text())})


@pytest.mark.parametrize("command", shown_commands())
def test_every_command_that_is_shown_can_be_given(command: str) -> None:
    words = [word for word in shlex.split(command) if word not in ("…", "--help")]
    assert cli.parser().parse_args(words).run


def test_commands_are_shown() -> None:
    assert len(shown_commands()) > 4


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_within_the_repository_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
        assert (page.parent / target).exists(), target
