"""Models arrive whole, go on where they stopped, and lie where every other tool looks."""

import hashlib
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import NamedTuple

import pytest

from models.scripted_hub import COMMIT, ScriptedHub
from repartee.engines.catalogue import Entry, catalogue, entry, place
from repartee.models import pull
from repartee.models.pull import fetch, plan
from repartee.models.remote import Hub, HubError

MODEL = entry("smart-turn-v3")
LARGE = "smart-turn-v3.2-cpu.onnx"
REPOSITORY_FOLDER = "models--pipecat-ai--smart-turn-v3"


@pytest.fixture
def source(hub: ScriptedHub) -> Iterator[Hub]:
    asked = Hub()
    yield asked
    asked.close()


def get(source: Hub, model: Entry = MODEL) -> Path:
    return fetch(source, plan(source, model), lambda there, whole: None)


def named(hub: ScriptedHub, *files: str) -> Entry:
    """An entry of the scripted repository with other files."""
    facts = {name: getattr(MODEL, name) for name in MODEL.__struct_fields__}
    return Entry(**{**facts, "files": files})


def test_what_is_wanted_is_fetched_and_its_licence_too(source: Hub, hub: ScriptedHub) -> None:
    todo = plan(source, MODEL)
    assert [file.path for file in todo.files] == [LARGE, "README.md"]
    assert todo.bytes == len(hub.large[LARGE]) + len(hub.small["README.md"])


def test_it_lies_in_the_layout_of_the_hub(source: Hub, hub: ScriptedHub, cache: Path) -> None:
    snapshot = get(source)
    folder = cache / REPOSITORY_FOLDER
    assert snapshot == folder / "snapshots" / COMMIT
    assert (folder / "refs" / "main").read_text() == COMMIT
    assert {path.name for path in snapshot.iterdir()} == {LARGE, "README.md"}
    for path in snapshot.iterdir():
        digest = hub.digest(path.name)
        assert os.readlink(path) == f"../../blobs/{digest}"
        assert path.read_bytes() == (hub.large | hub.small)[path.name]
    assert {path.name for path in (folder / "blobs").iterdir()} == {
        hub.digest(LARGE),
        hub.digest("README.md"),
    }
    assert place(MODEL) == snapshot / LARGE


def test_folders_within_are_kept(source: Hub, hub: ScriptedHub) -> None:
    hub.large["test_wavs/a.wav"] = b"RIFF"
    snapshot = get(source, named(hub, LARGE, "test_wavs/*.wav"))
    assert (snapshot / "test_wavs" / "a.wav").read_bytes() == b"RIFF"
    assert os.readlink(snapshot / "test_wavs" / "a.wav").startswith("../../../blobs/")


def test_what_is_here_is_not_fetched_again(source: Hub, hub: ScriptedHub) -> None:
    get(source)
    before = len(hub.of("cdn"))
    get(source)
    assert len(hub.of("cdn")) == before


def test_what_breaks_off_goes_on(source: Hub, hub: ScriptedHub) -> None:
    hub.cuts = [1000, 0, 500]
    assert (get(source) / LARGE).read_bytes() == hub.large[LARGE]
    ranges = [each.headers.get("range") for each in hub.of("cdn")]
    assert ranges == [None, "bytes=1000-", "bytes=1000-", "bytes=1500-"]


def test_what_does_not_come_stays_for_the_next_time(
    source: Hub, hub: ScriptedHub, cache: Path
) -> None:
    hub.cuts = [1000, 0, 0, 0, 0, 0]
    with pytest.raises(HubError, match="breaks off again and again"):
        get(source)
    partial = cache / REPOSITORY_FOLDER / "blobs" / f"{hub.digest(LARGE)}.incomplete"
    assert partial.read_bytes() == hub.large[LARGE][:1000]
    assert place(MODEL) is None
    assert not (cache / REPOSITORY_FOLDER / "refs").exists()
    hub.asked.clear()
    get(source)
    assert [each.headers.get("range") for each in hub.of("cdn")] == ["bytes=1000-"]
    assert not partial.exists()


def test_a_server_that_knows_no_parts_begins_anew(source: Hub, hub: ScriptedHub) -> None:
    hub.cuts, hub.ranges = [1000], False
    assert (get(source) / LARGE).read_bytes() == hub.large[LARGE]


@pytest.mark.parametrize("path", [LARGE, "README.md"])
def test_content_with_another_digest_is_thrown_away(
    source: Hub, hub: ScriptedHub, cache: Path, path: str
) -> None:
    hub.sent[path] = b"x" * len((hub.large | hub.small)[path])
    with pytest.raises(HubError, match=f"{path} has another digest"):
        get(source)
    assert not [*(cache / REPOSITORY_FOLDER / "blobs").glob(f"{hub.digest(path)}*")]


def test_content_that_does_not_end_is_thrown_away(source: Hub, hub: ScriptedHub) -> None:
    hub.sent[LARGE] = hub.large[LARGE] + b"x"
    with pytest.raises(HubError, match="longer than the hub states"):
        get(source)


@pytest.mark.parametrize("pattern", ["*.pt", "train.pt"])
def test_pickles_are_not_fetched_though_they_are_asked_for(
    source: Hub, hub: ScriptedHub, pattern: str
) -> None:
    with pytest.raises(HubError, match="has no"):
        plan(source, named(hub, pattern))
    assert "train.pt" not in {file.path for file in plan(source, named(hub, LARGE, "*.onnx")).files}


def test_a_bin_file_must_be_named_and_must_be_no_pickle(source: Hub, hub: ScriptedHub) -> None:
    hub.large["model.bin"] = b"\x06\0\0\0WhisperSpec"
    with pytest.raises(HubError, match="has no"):
        plan(source, named(hub, "*.bin"))
    assert (get(source, named(hub, "model.bin")) / "model.bin").is_file()


@pytest.mark.parametrize("content", [b"\x80\x04\x95rest", b"PK\x03\x04rest"])
def test_a_pickle_by_the_name_of_numbers_is_thrown_away(
    source: Hub, hub: ScriptedHub, cache: Path, content: bytes
) -> None:
    hub.large["model.bin"] = content
    with pytest.raises(HubError, match=r"model\.bin is a pickle"):
        get(source, named(hub, "model.bin"))
    assert not [*(cache / REPOSITORY_FOLDER / "blobs").iterdir()]


def test_a_repository_that_has_changed_is_told(source: Hub, hub: ScriptedHub) -> None:
    hub.large = {"smart-turn-v4.onnx": b"new"}
    with pytest.raises(HubError, match=rf"has no {LARGE}: `smart-turn-v3` has changed"):
        plan(source, MODEL)


class Usage(NamedTuple):
    total: int
    used: int
    free: int


def test_a_disk_without_room_is_seen_before(
    source: Hub, hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, 50_000_000))
    with pytest.raises(HubError, match="50 MB left: make room"):
        get(source)
    assert not hub.of("cdn")


def test_a_model_that_is_here_needs_no_room(
    source: Hub, hub: ScriptedHub, monkeypatch: pytest.MonkeyPatch
) -> None:
    get(source)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: Usage(1, 1, 0))
    get(source)


def test_who_fetches_the_same_at_the_same_time_waits(hub: ScriptedHub) -> None:
    def one() -> bytes:
        source = Hub()
        try:
            return (get(source) / LARGE).read_bytes()
        finally:
            source.close()

    hub.cuts = [5000, 5000]
    with ThreadPoolExecutor(4) as threads:
        found = [each.result() for each in [threads.submit(one) for _ in range(4)]]
    assert {hashlib.sha256(each).hexdigest() for each in found} == {hub.digest(LARGE)}
    # Three requests for the pieces of one download, and none for the others.
    assert len(hub.of("cdn")) == 3


def test_how_far_it_is_is_shown(source: Hub, hub: ScriptedHub) -> None:
    told: list[tuple[int, int]] = []
    hub.cuts = [1000]
    todo = plan(source, MODEL)
    fetch(source, todo, lambda there, whole: told.append((there, whole)))
    assert told[0] == (0, todo.bytes)
    assert told[-1] == (todo.bytes, todo.bytes)
    assert told == sorted(told)


def test_a_new_commit_takes_over_what_it_shares(source: Hub, hub: ScriptedHub, cache: Path) -> None:
    get(source)
    hub.commit = "f" * 40
    hub.small["README.md"] = b"new"
    asked = len(hub.of("cdn"))
    assert get(source).name == "f" * 40
    assert len(hub.of("cdn")) == asked
    assert (cache / REPOSITORY_FOLDER / "refs" / "main").read_text() == "f" * 40


def test_no_entry_asks_for_a_pickle() -> None:
    for model in catalogue().values():
        for pattern in model.files:
            assert not pattern.endswith(pull.PICKLES), model.name
            assert not (pattern.endswith(".bin") and "*" in pattern), model.name
