import asyncio
import json
from pathlib import Path

import pytest

import tapes
from repartee import cli
from virtual_time import run

FAKES = [f"--set={role}=fake" for role in ("vad", "turn", "ears", "mind", "voice")]


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asyncio, "run", run)


def test_then_and_now_are_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tapes.write("talk", tmp_path)
    kept = tmp_path / "kept"
    given = ["replay", str(path), "--engines", "--keep", str(kept), *FAKES]
    assert cli.main(given) == 0  # though it differs
    told = capsys.readouterr().out
    assert "now   ears fake, mind fake, voice fake" in told
    assert "1 then: hello there" in told
    assert cli.main(["inspect", str(kept / "talk-again.repartee")]) == 0
    assert cli.main(given) == 0  # what was kept before gives way


def test_programs_get_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = str(tapes.write("dictate", tmp_path))
    assert cli.main(["replay", path, "--engines", "--fast", "--json", *FAKES]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["fast"] is True
    assert [pair["kind"] for pair in told["turns"]] == ["spoken"]
    assert told["turns"][0]["heard_then"] == "hello there"


@pytest.mark.parametrize("content", [None, b"RIFF", b"repartee recording 1\n"])
def test_what_cannot_be_played_is_told_in_a_line(
    content: bytes | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.repartee"
    if content is not None:
        path.write_bytes(content)
    assert cli.main(["replay", str(path), "--engines", *FAKES]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "x.repartee" in line
