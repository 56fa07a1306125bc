"""Recordings are off until a folder is named."""

import pytest

from repartee.settings import SettingsError, load, parse_set


def test_nothing_is_recorded_by_default() -> None:
    recording = load(environ={}).recording
    assert (recording.folder, recording.sessions, recording.keep_days) == (None, "all", None)


def test_a_folder_whom_and_how_long() -> None:
    flags = [
        parse_set("recording.folder=calls"),
        parse_set("recording.sessions=asked"),
        parse_set("recording.keep_days=0.5"),
    ]
    recording = load(environ={}, flags=flags).recording
    assert (recording.folder, recording.sessions, recording.keep_days) == ("calls", "asked", 0.5)


@pytest.mark.parametrize("wrong", ["recording.sessions=some", "recording.keep_days=0"])
def test_what_cannot_be_is_told(wrong: str) -> None:
    with pytest.raises(SettingsError, match=wrong.partition("=")[0]):
        load(environ={}, flags=[parse_set(wrong)])
