"""What is known of the machine."""

from pathlib import Path

import pytest

from repartee.engines.sherpa import hosting


def test_free_memory_is_what_the_system_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "meminfo"
    path.write_text("MemTotal:  9000 kB\nMemAvailable:    5000 kB\n")
    monkeypatch.setattr(hosting, "_MEMORY", path)
    assert hosting.free_mb() == 5


def test_free_memory_is_unknown_where_the_system_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosting, "_MEMORY", tmp_path / "none")
    assert hosting.free_mb() is None


def test_threads_are_as_many_as_are_asked_for() -> None:
    assert hosting.threads(3) == 3
    assert 1 <= hosting.threads(None) <= 4
