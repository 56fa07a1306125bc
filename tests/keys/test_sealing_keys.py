"""Sealing keys: from the settings, or made once, kept, and never shown."""

import logging
import os
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest

from repartee.keys.sealing_keys import read, sealing_keys
from repartee.settings import Keys, SettingsError, load

ONE, TWO = b64encode(bytes(32)).decode(), b64encode(bytes(range(32))).decode()


def test_those_of_the_settings_count_the_first_first(tmp_path: Path) -> None:
    settings = load(environ={"REPARTEE_KEYS__SEALING_KEYS": f"new:{TWO}, old-1:{ONE}"}).keys
    keys = sealing_keys(settings, tmp_path)
    assert [(key.kid, key.key) for key in keys] == [("new", bytes(range(32))), ("old-1", bytes(32))]
    assert list(tmp_path.iterdir()) == []


def test_without_any_one_is_made_and_kept(tmp_path: Path) -> None:
    folder = tmp_path / "state" / "repartee"
    (made,) = sealing_keys(Keys(), folder)
    assert sealing_keys(Keys(), folder) == (made,)
    assert len(made.key) == 32
    (file,) = folder.iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
    assert folder.stat().st_mode & 0o777 == 0o700
    assert sealing_keys(Keys(), tmp_path) != (made,)


def test_the_file_may_hold_an_older_one_below(tmp_path: Path) -> None:
    (tmp_path / "sealing.keys").write_text(f"new:{TWO}\nold:{ONE}\n")
    assert [key.kid for key in sealing_keys(Keys(), tmp_path)] == ["new", "old"]


def test_of_two_processes_the_quicker_one_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def slow(draft: Path, file: Path) -> None:
        file.write_text(f"quick:{ONE}\n")
        link(draft, file)

    monkeypatch.setattr(os, "link", slow)
    assert [key.kid for key in sealing_keys(Keys(), tmp_path)] == ["quick"]
    assert [file.name for file in tmp_path.iterdir()] == ["sealing.keys"]


def test_where_nothing_can_be_kept_it_lasts_as_long_as_the_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "file").write_text("in the way")
    with caplog.at_level(logging.WARNING):
        (key,) = sealing_keys(Keys(), tmp_path / "file")
    assert len(key.key) == 32
    assert "end with this process" in caplog.text


def test_a_second_folder_takes_its_place(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    spare = tmp_path / "spare"
    (key,) = sealing_keys(Keys(), tmp_path / "file", spare)
    assert sealing_keys(Keys(), spare) == (key,)


@pytest.mark.parametrize(
    "words",
    [
        [f"a:{ONE}x"],
        [ONE],
        [f"a:{ONE[:-4]}"],
        [f":{ONE}"],
        [f"{'a' * 17}:{ONE}"],
        [f"ä:{ONE}"],
        [f"a:{ONE}", f"a:{TWO}"],
        ["a:é"],
        [],
    ],
)
def test_what_is_no_key_is_refused_and_not_shown(words: list[str]) -> None:
    with pytest.raises(SettingsError, match=r"^keys\.sealing_keys: ") as refused:
        read(words, "keys.sealing_keys")
    assert ONE[:8] not in str(refused.value)


@pytest.mark.parametrize("content", [b"", b"\xff\xff", b"nothing of use"])
def test_a_file_that_holds_none_is_told_by_name(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "sealing.keys").write_bytes(content)
    with pytest.raises(SettingsError, match=r"sealing\.keys: "):
        sealing_keys(Keys(), tmp_path)


def test_a_key_is_never_printed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        keys: Any = sealing_keys(Keys(sealing_keys=(f"a:{TWO}",)), tmp_path)
    assert repr(keys) == "(SealingKey('a'),)"
    assert caplog.text == ""
