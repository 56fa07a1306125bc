"""A process killed at any moment loses no record that it has told to be kept."""

import os
import random
import signal
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

KILLS = 100 if os.environ.get("REPARTEE_FUZZ") == "long" else 8
MOST = 1500  # records that are told before a kill


def killed(database: Path, name: str, after: int) -> set[str]:
    """What a process told to be kept, killed after so many."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-m", "usage.busy_writer", str(database), name],
        env=environment,
        stdout=subprocess.PIPE,
    ) as writer:
        assert writer.stdout is not None
        told = [writer.stdout.readline() for _ in range(after)]
        writer.kill()
        told += writer.stdout.readlines()
    assert writer.returncode == -signal.SIGKILL
    return {line.decode().strip() for line in told}


@pytest.mark.slow
@pytest.mark.timeout(60 + 5 * KILLS)
def test_no_record_that_was_told_to_be_kept_is_lost(tmp_path: Path) -> None:
    """The same database survives them all; every fifth process syncs it at each commit."""
    database = tmp_path / "repartee.db"
    chance = random.Random(1)
    told: set[str] = set()
    for number in range(KILLS):
        name = f"kill_{number}_{'power' if number % 5 == 4 else 'process'}"
        told |= killed(database, name, after=chance.randint(1, MOST))
        with closing(sqlite3.connect(database)) as opened:
            assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            kept = {
                f"{session} {id}"
                for session, id in opened.execute("SELECT session_id, id FROM usage")
            }
        assert told - kept == set()
    assert len(told) > 100 * KILLS
