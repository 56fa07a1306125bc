"""Attacks 93 and 96: what comes from elsewhere and would run here."""

import ast
import hashlib
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from security.wire import FAKES

ROOT = Path(__file__).parents[2]
LOCKS = [
    *ROOT.glob("requirements*.lock"),
    *(ROOT / "tests" / "clients" / "requirements").glob("*.txt"),
]


@pytest.mark.slow
@pytest.mark.parametrize("suffix", ["pt", "pkl", "bin"])
def test_attack_93_pickled_model(tmp_path: Path, suffix: str) -> None:
    """A file that would run code when it is unpickled is refused, and nothing of it is run."""
    witness = tmp_path / "witness"
    code = b"cos\nsystem\n(S'touch " + str(witness).encode() + b"'\ntR."
    model = tmp_path / f"model.{suffix}"
    model.write_bytes(code)
    command = [sys.executable, "-m", "repartee.cli", "serve", "--port", "0"]
    asked = ["--set", f"session.tokenizer={model}"]
    environment = os.environ | {"XDG_STATE_HOME": str(tmp_path)}
    done = subprocess.run(
        [*command, *FAKES, *asked],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env=environment,
        timeout=60,
    )
    assert done.returncode == 2
    assert "session.tokenizer" in done.stderr
    assert "Traceback" not in done.stderr
    assert not witness.exists()


def test_attack_93_nothing_reads_what_runs_code() -> None:
    """Neither directly nor through numpy, whose own default is to refuse it."""
    for path in (ROOT / "src").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call):
                named = ast.unparse(node.func).rpartition(".")[2]
                assert named not in {"eval", "exec", "__import__", "Unpickler"}, path
                assert all(
                    each.arg != "allow_pickle" or ast.unparse(each.value) == "False"
                    for each in node.keywords
                ), path


def wheel(folder: Path, content: str) -> Path:
    """A package of one module."""
    path = folder / "altered-1.0-py3-none-any.whl"
    about = "altered-1.0.dist-info"
    files = {
        "altered.py": content,
        f"{about}/METADATA": "Metadata-Version: 2.1\nName: altered\nVersion: 1.0\n",
        f"{about}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{about}/RECORD": "",
    }
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return path


@pytest.mark.slow
def test_attack_96_altered_wheel(tmp_path: Path) -> None:
    good = hashlib.sha256(wheel(tmp_path, "").read_bytes()).hexdigest()
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"altered==1.0 --hash=sha256:{good}\n")
    command = [sys.executable, "-m", "pip", "install", "--no-index", "--find-links", str(tmp_path)]
    options = ["--dry-run", "--ignore-installed", "--require-hashes", "-r", str(requirements)]
    for content, status in (("", 0), ("import os", 1)):
        wheel(tmp_path, content)
        done = subprocess.run([*command, *options], capture_output=True, text=True, timeout=60)
        assert done.returncode == status, done.stderr
    assert "DO NOT MATCH THE HASHES" in done.stderr


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_attack_96_every_package_is_pinned_by_hash(lock: Path) -> None:
    pins = re.sub(r"\\\n", " ", lock.read_text())
    lines = [line for line in pins.splitlines() if line and not line.startswith("#")]
    assert lines
    for line in lines:
        assert re.match(r"[\w.-]+(\[[\w,-]+\])?==", line), line
        assert "--hash=sha256:" in line, line


def test_attack_96_make_installs_by_hash() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("\\\n", " ")
    from_locks = [line for line in makefile.splitlines() if re.search(r" -r (\S+\.lock|\$<)", line)]
    assert len(from_locks) >= 3
    assert all("--require-hashes" in line for line in from_locks)
