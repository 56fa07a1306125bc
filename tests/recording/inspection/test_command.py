import json
from pathlib import Path

import pytest

import tapes
from repartee import cli


def test_a_recording_is_shown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    path = tapes.write("talk", tmp_path)
    assert cli.main(["inspect", str(path), "--wav", str(tmp_path / "sound")]) == 0
    told = capsys.readouterr().out
    assert "2 turns, 1 interrupted, 0 faults" in told
    assert f"Written: {tmp_path / 'sound' / 'talk-both.wav'}" in told
    assert len(list((tmp_path / "sound").iterdir())) == 3


def test_programs_get_all_of_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["inspect", str(tapes.write("talk", tmp_path)), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [turn["kind"] for turn in told["turns"]] == ["spoken", "spoken"]
    assert told["turns"][0]["moments"]["stopped"] == 512


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (None, "No such file"),
        (b"RIFF", "is no recording"),
        (b"repartee recording 9\n", "format 9"),
        (b"repartee recording 1\n", "how its session began"),
    ],
)
def test_what_cannot_be_read_is_told_in_a_line(
    content: bytes | None, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.repartee"
    if content is not None:
        path.write_bytes(content)
    assert cli.main(["inspect", str(path)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert told in line
