"""Removing takes what is the model's, and nothing else."""

from pathlib import Path

import pytest

from repartee.engines.catalogue import entry, place
from repartee.models.remove import remove

MODEL = entry("qwen3-4b")
FILE = MODEL.files[0]


@pytest.fixture
def folder(cache: Path) -> Path:
    folder = cache / "models--Qwen--Qwen3-4B-GGUF"
    (folder / "blobs").mkdir(parents=True)
    (cache / ".locks" / folder.name).mkdir(parents=True)
    return folder


def put(folder: Path, name: str, blob: str, commit: str = "aaa") -> Path:
    content = folder / "blobs" / blob
    content.write_bytes(b"x" * 1000)
    link = folder / "snapshots" / commit / name
    link.parent.mkdir(parents=True, exist_ok=True)
    link.symlink_to(f"../../blobs/{blob}")
    return content


def test_all_goes_where_nothing_else_is_there(folder: Path, cache: Path) -> None:
    put(folder, FILE, "one")
    put(folder, FILE, "two", commit="bbb")
    put(folder, "README.md", "three")
    (folder / "blobs" / "four.incomplete").write_bytes(b"x" * 10)
    assert remove(MODEL) == 3010
    assert place(MODEL) is None
    assert not folder.exists()
    assert not [*(cache / ".locks").iterdir()]


def test_files_of_others_stay(folder: Path) -> None:
    mine = put(folder, FILE, "one")
    theirs = put(folder, "Qwen3-4B-Q8_0.gguf", "two")
    assert remove(MODEL) == 1000
    assert not mine.exists()
    assert theirs.exists()
    assert place(MODEL) is None


def test_content_that_another_file_shares_stays(folder: Path) -> None:
    content = put(folder, FILE, "one")
    put(folder, "copy.gguf", "one")
    assert remove(MODEL) == 0
    assert content.exists()


def test_a_link_that_leads_out_takes_nothing_with_it(folder: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "mine.gguf"
    elsewhere.write_bytes(b"x")
    link = folder / "snapshots" / "aaa" / FILE
    link.parent.mkdir(parents=True)
    link.symlink_to(elsewhere)
    assert remove(MODEL) == 0
    assert elsewhere.exists()


def test_nothing_there_is_nothing_to_do(cache: Path) -> None:
    assert remove(MODEL) == 0
