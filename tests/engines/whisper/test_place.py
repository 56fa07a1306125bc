"""Where models are looked for, and what is said when none is there."""

import os
from pathlib import Path

import pytest

from repartee.engines.protocols import EngineError
from repartee.engines.whisper.place import find_model

FILES = ("model.bin", "config.json", "tokenizer.json")
ALL = (*FILES, "preprocessor_config.json", "vocabulary.txt")


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def filled(folder: Path, *names: str) -> Path:
    folder.mkdir(parents=True)
    for name in names or FILES:
        (folder / name).touch()
    return folder


@pytest.mark.usefixtures("cache")
def test_a_folder_is_taken_as_it_is(tmp_path: Path) -> None:
    folder = filled(tmp_path / "mine")
    assert find_model(str(folder)) == folder


@pytest.mark.parametrize(
    ("name", "repository"),
    [
        ("faster-whisper-tiny", "Systran--faster-whisper-tiny"),
        ("someone/their-whisper", "someone--their-whisper"),
    ],
)
def test_a_name_is_looked_up_in_the_cache(cache: Path, name: str, repository: str) -> None:
    folder = filled(cache / f"models--{repository}" / "snapshots" / "0123", *ALL)
    assert find_model(name) == folder


def test_the_newest_snapshot_is_taken(cache: Path) -> None:
    snapshots = cache / "models--someone--their-whisper" / "snapshots"
    older, newer = filled(snapshots / "b"), filled(snapshots / "a")
    os.utime(older, (1, 1))
    assert find_model("someone/their-whisper") == newer


@pytest.mark.parametrize("variable", ["HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"])
def test_the_cache_may_be_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, str(tmp_path))
    hub = {"HF_HUB_CACHE": "", "HF_HOME": "hub", "XDG_CACHE_HOME": "huggingface/hub"}[variable]
    snapshots = tmp_path / hub / "models--someone--their-whisper" / "snapshots"
    folder = filled(snapshots / "0123")
    assert find_model("someone/their-whisper") == folder


@pytest.mark.usefixtures("cache")
def test_where_there_is_none_the_remedy_is_told() -> None:
    with pytest.raises(
        EngineError, match="Fetch it with `repartee models pull faster-whisper-base`"
    ):
        find_model("faster-whisper-base")


@pytest.mark.usefixtures("cache")
@pytest.mark.parametrize("missing", FILES)
def test_what_is_missing_in_a_folder_is_told(tmp_path: Path, missing: str) -> None:
    folder = filled(tmp_path / "half", *(name for name in FILES if name != missing))
    with pytest.raises(EngineError, match=f"has no {missing}. Take one that was converted"):
        find_model(str(folder))
