"""Who watches is there while the server runs, and only where settings want it."""

import logging
import subprocess
import sys
from pathlib import Path

import pytest

from repartee.recording.recorder import Recorder
from repartee.server.observers import observers
from repartee.settings import Recording, Settings, SettingsError
from repartee.telemetry.metrics import Metrics


async def test_nobody_records_unless_a_folder_is_named(tmp_path: Path) -> None:
    async with observers(Settings()) as watching:
        assert not any(isinstance(each, Recorder) for each in watching)
    folder = tmp_path / "calls"
    async with observers(Settings(recording=Recording(folder=str(folder)))) as watching:
        assert any(isinstance(each, Recorder) for each in watching)
        assert folder.is_dir()


async def test_a_folder_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(SettingsError, match=r"recording\.folder"):
        async with observers(Settings(recording=Recording(folder=str(tmp_path / "file")))):
            pytest.fail("it began")


def test_what_is_not_wanted_is_not_imported() -> None:
    asked = "import sys, repartee.server.app; print('repartee.recording.recorder' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


@pytest.mark.parametrize(
    ("level", "metrics", "watched"),
    [
        (logging.INFO, None, 1),
        (logging.CRITICAL, Metrics(), 1),
        (logging.CRITICAL, None, 0),
    ],
)
async def test_sessions_are_watched_where_anybody_reads_of_them(
    level: int, metrics: Metrics | None, watched: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(level, "repartee.telemetry.lifecycle")
    async with observers(Settings(), metrics) as watching:
        assert len(watching) == watched
