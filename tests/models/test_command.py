"""`repartee models`: what is asked, what is said, and with which status it ends."""

import io
import json
from pathlib import Path

import pytest

from models.scripted_hub import COMMIT, ScriptedHub
from repartee import cli

NAME = "smart-turn-v3"
LARGE = "smart-turn-v3.2-cpu.onnx"


@pytest.fixture
def path(cache: Path) -> Path:
    """Where the model comes to lie."""
    return cache / "models--pipecat-ai--smart-turn-v3" / "snapshots" / COMMIT / LARGE


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def test_models_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "--role", "turn"]) == 0
    assert capsys.readouterr().out.splitlines()[1].split()[:2] == [NAME, "turn"]
    assert cli.main(["models", "--json", "--role", "mind", "--language", "de"]) == 0
    assert "qwen3-4b" in {row["name"] for row in json.loads(capsys.readouterr().out)}


def test_a_model_is_fetched_found_and_removed(
    hub: ScriptedHub, path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["models", "pull", NAME, "--yes"]) == 0
    said = capsys.readouterr()
    assert said.out == f"{path}\n"
    assert path.read_bytes() == hub.large[LARGE]
    assert cli.main(["models", "path", NAME]) == 0
    assert capsys.readouterr().out == f"{path}\n"
    assert cli.main(["models", "remove", NAME, "--yes"]) == 0
    assert capsys.readouterr().err == "0.1 MB are free again\n"
    assert not path.exists()
    for verb in ("path", "remove"):
        assert cli.main(["models", verb, NAME]) == 1
        assert f"{NAME} is not here" in capsys.readouterr().err


def test_licences_and_size_are_told_before_one_is_asked(
    hub: ScriptedHub,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    answer(monkeypatch, "y\n")
    assert cli.main(["models", "pull", NAME]) == 0
    told, asked, _ = capsys.readouterr().err.partition("Fetch it? [y/N] ")
    assert asked
    for part in ("MIT (onnxruntime)", "BSD-2-Clause", "0.1 MB", COMMIT[:8], hub.url):
        assert part in told
    assert path.exists()


@pytest.mark.parametrize("text", ["", "\n", "n\n", "maybe\n"])
def test_who_does_not_say_yes_says_no(
    hub: ScriptedHub,
    path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    text: str,
) -> None:
    answer(monkeypatch, text)
    assert cli.main(["models", "pull", NAME]) == 1
    assert not hub.of("cdn")
    assert cli.main(["models", "pull", NAME, "--yes"]) == 0
    answer(monkeypatch, text)
    assert cli.main(["models", "remove", NAME]) == 1
    assert "also for other programs? [y/N] Nothing is done." in capsys.readouterr().err
    assert path.exists()


def test_without_a_network_it_says_so_in_a_line(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    assert cli.main(["models", "pull", NAME, "--yes"]) == 1
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith("repartee: 127.0.0.1 cannot be reached")


@pytest.mark.parametrize("status", [401, 404, 429, 500])
def test_a_refusal_is_told_in_a_line(
    hub: ScriptedHub, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    hub.refusal = (status, {})
    assert cli.main(["models", "pull", NAME, "--yes"]) == 1
    *_, last = capsys.readouterr().err.splitlines()
    assert last.startswith(f"repartee: {hub.url}")
    assert f"({status})" in last


def test_the_token_is_never_shown(
    hub: ScriptedHub, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    assert cli.main(["models", "pull", NAME, "--yes"]) == 0
    hub.refusal = (403, {})
    assert cli.main(["models", "pull", NAME, "--yes"]) == 1
    said = capsys.readouterr()
    assert "hf_secret" not in said.out + said.err


def test_a_cache_that_cannot_be_written_is_told(
    hub: ScriptedHub,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "file"))
    assert cli.main(["models", "pull", NAME, "--yes"]) == 1
    assert "Not a directory" in capsys.readouterr().err


def test_an_unknown_name_is_a_mistake(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "pull", "smart-turn"]) == 2
    assert "did you mean smart-turn-v3?" in capsys.readouterr().err
