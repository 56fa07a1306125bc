"""The folder of recordings holds what its names say, and lets go of it."""

import os
from pathlib import Path

import pytest

from recording.played import record, writing
from repartee.recording.shelf import (
    Recorded,
    erase,
    erase_before,
    folder_of,
    make,
    name,
    recorded,
)
from repartee.settings import Recording, SettingsError

DAY = 86_400


def test_a_name_is_time_and_session() -> None:
    assert name("sess_aB1", DAY + 1.9) == "19700102T000001Z-sess_aB1.repartee"


@pytest.mark.parametrize("id", ["", "../sess", "sess/1", "a\0", "a.b", "ü", "a" * 101, "a\n"])
def test_nothing_of_a_clients_gets_into_a_path(id: str) -> None:
    with pytest.raises(ValueError, match="no id"):
        name(id, 0.0)


def test_a_folder_that_is_made_is_its_owners_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "down"
    make(folder)
    make(folder)
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_folder_that_cannot_be_used_is_told(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with pytest.raises(SettingsError, match=r"recording\.folder .*file cannot be made"):
        make(file)
    with pytest.raises(SettingsError, match=r"cannot be read"):
        recorded(file)


def test_a_folder_that_cannot_be_written_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(SettingsError, match="cannot be written"):
        make(tmp_path)


def test_which_folder_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/elsewhere")
    assert folder_of(Recording(folder="~/calls")) == Path("/elsewhere/calls")
    with pytest.raises(SettingsError, match=r"recording\.folder"):
        folder_of(Recording())


def test_only_recordings_are_found_the_oldest_first(tmp_path: Path) -> None:
    assert recorded(tmp_path / "nowhere") == []
    for each in (
        name("sess_b", 2 * DAY),
        name("sess_a", DAY),
        "notes.txt",
        "x.repartee",
        "20269999T999999Z-x.repartee",
    ):
        (tmp_path / each).write_bytes(b"abc")
    found = recorded(tmp_path)
    assert [(each.session, each.began, each.bytes) for each in found] == [
        ("sess_a", DAY, 3),
        ("sess_b", 2 * DAY, 3),
    ]
    assert found[0].opened() is None


def test_of_what_a_session_was_made_is_known(tmp_path: Path) -> None:
    path = tmp_path / name("sess_1", 0)
    with writing(tmp_path) as writer:
        record(writer, path, "ga", [])
    (found,) = recorded(tmp_path)
    opened = found.opened()
    assert opened is not None
    assert opened.session == "sess_1"


def test_what_is_erased_is_gone(tmp_path: Path) -> None:
    for day in (1, 2, 3):
        (tmp_path / name(f"sess_{day}", day * DAY)).touch()
    gone = Recorded(tmp_path / "gone", "sess_4", 0)
    assert gone.bytes == 0
    assert gone.opened() is None
    assert erase([gone, recorded(tmp_path)[1]]) == 1
    assert erase_before(tmp_path, 3 * DAY) == 1
    assert [each.session for each in recorded(tmp_path)] == ["sess_3"]
