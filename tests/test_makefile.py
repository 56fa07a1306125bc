"""`make serve` asks pip for nothing twice, hands its words on, and says what a machine lacks."""

import os
import runpy
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """What make looks at in a clone whose dependencies are installed."""
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    names = ["Makefile", "requirements.lock", "pyproject.toml", ".venv/bin/python"]
    for age, name in enumerate([*names, ".venv/.installed-offline"]):
        if (ROOT / name).is_file() and not name.startswith(".venv"):
            shutil.copy(ROOT / name, tmp_path / name)
        path = tmp_path / name
        path.touch()
        os.utime(path, (time.time() - 100 + age,) * 2)
    return tmp_path


def would_run(clone: Path, *arguments: str) -> str:
    command = ["make", "-n", "serve", *arguments]
    environment = {"PATH": os.environ["PATH"]}
    done = subprocess.run(
        command, cwd=clone, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_a_second_start_installs_nothing(clone: Path) -> None:
    (line,) = would_run(clone).splitlines()
    assert line.split() == ["exec", ".venv/bin/repartee", "serve"]


def test_a_new_lock_is_installed(clone: Path) -> None:
    (clone / "requirements.lock").touch()
    assert "--require-hashes -r requirements.lock" in would_run(clone)


def test_further_extras_are_put_on_top(clone: Path) -> None:
    assert "-e '.[offline,mic]'" in would_run(clone, "EXTRAS=offline,mic")


def test_arguments_reach_the_server(clone: Path) -> None:
    line = would_run(clone, "PORT=8123", "ARGS=--llm http://m/v1 --llm-model qwen3")
    assert line.split()[3:] == ["--port", "8123", "--llm", "http://m/v1", "--llm-model", "qwen3"]


def told_of_python(monkeypatch: pytest.MonkeyPatch, version: tuple[int, int], *, venv: bool) -> str:
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    monkeypatch.setattr("importlib.util.find_spec", lambda name: venv or None)
    try:
        runpy.run_path(str(ROOT / "scripts" / "can_install.py"))
    except SystemExit as error:
        return str(error)
    return ""


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_a_fit_python_is_passed_over_in_silence(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    assert told_of_python(monkeypatch, version, venv=True) == ""


@pytest.mark.parametrize("version", [(3, 10), (3, 14)])
def test_another_python_is_asked_for(
    monkeypatch: pytest.MonkeyPatch, version: tuple[int, int]
) -> None:
    told = told_of_python(monkeypatch, version, venv=True)
    assert f"this is {version[0]}.{version[1]}: make PYTHON=" in told


def test_a_missing_venv_module_is_told_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    told = told_of_python(monkeypatch, (3, 11), venv=False)
    assert told.endswith("apt install python3-venv")


def need(tmp_path: Path, *, root: bool) -> subprocess.CompletedProcess[str]:
    """Run scripts/need where `sh` is there, `nosuchnode` is not, and apt-get only takes notes."""
    programs = {"id": f"echo {0 if root else 1000}", "apt-get": f"echo $* >> {tmp_path}/notes"}
    for name, body in programs.items():
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{body}\n")
        program.chmod(0o755)
    command = [str(ROOT / "scripts" / "need"), "sh:dash", "nosuchnode:nodejs", "nosuchnpm:npm"]
    environment = {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_what_is_missing_is_installed_by_root(tmp_path: Path) -> None:
    assert need(tmp_path, root=True).returncode == 0
    update, install = (tmp_path / "notes").read_text().splitlines()
    assert update.startswith("update")
    assert install.startswith("install")
    assert install.endswith(" nodejs npm")


def test_what_is_missing_is_named_to_anyone_else(tmp_path: Path) -> None:
    done = need(tmp_path, root=False)
    assert done.returncode == 1
    assert done.stderr == "the tests need more: apt install nodejs npm\n"
    assert not (tmp_path / "notes").exists()
