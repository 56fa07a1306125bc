"""The hub's cache is found where its own library has it, and read as that library writes it."""

import os
from pathlib import Path

import pytest

from repartee.engines import hub

REPOSITORY = "ORG/NAME"


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    return tmp_path


def put(cache: Path, commit: str, *names: str, at: int = 0) -> Path:
    folder = cache / "models--ORG--NAME" / "snapshots" / commit
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    os.utime(folder, (at, at))
    return folder


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HF_HUB_CACHE": "/a", "HF_HOME": "/b"}, "/a"),
        ({"HF_HOME": "/b", "XDG_CACHE_HOME": "/c"}, "/b/hub"),
        ({"XDG_CACHE_HOME": "/c", "HOME": "/d"}, "/c/huggingface/hub"),
        ({"HOME": "/d"}, "/d/.cache/huggingface/hub"),
        ({"HF_HOME": "~/x", "HOME": "/d"}, "/d/x/hub"),
    ],
)
def test_the_cache_is_where_variables_say(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], expected: str
) -> None:
    for name in ("HF_HUB_CACHE", "HF_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert hub.cache_folder() == Path(expected)


def test_a_repository_has_a_folder(cache: Path) -> None:
    assert hub.repository_folder(REPOSITORY) == cache / "models--ORG--NAME"


def test_what_was_never_fetched_has_no_snapshot() -> None:
    assert hub.snapshot(REPOSITORY) is None
    assert hub.snapshots(REPOSITORY) == []


def test_the_newest_snapshot_is_taken_and_before_it_that_of_the_branch(cache: Path) -> None:
    old = put(cache, "aaa", "x", at=100)
    new = put(cache, "bbb", "x", at=200)
    assert hub.snapshots(REPOSITORY) == [new, old]
    ref = cache / "models--ORG--NAME" / "refs" / "main"
    ref.parent.mkdir()
    ref.write_text("aaa\n")
    assert hub.snapshot(REPOSITORY) == old
    ref.write_bytes(b"\xff")  # no name of a commit
    assert hub.snapshot(REPOSITORY) == new


def test_files_are_those_whose_content_is_there(cache: Path) -> None:
    folder = put(cache, "aaa", "b", "a/c")
    (folder / "d").symlink_to("../../blobs/missing")
    assert [*hub.files(folder)] == [folder / "a" / "c", folder / "b"]
