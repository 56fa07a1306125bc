"""A server that is killed has kept all but the last second of what it recorded."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from repartee.recording.format import Damage, Kind, read
from repartee.recording.replay import replay
from repartee.recording.shelf import recorded
from repartee.recording.writer import FLUSH_S

KILLS = 20 if os.environ.get("REPARTEE_FUZZ") == "long" else 3


def killed(folder: Path, after_s: float) -> float:
    """How far a process was with a session when it was killed, in seconds of its clock."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-m", "recording.busy_session", str(folder)],
        env=environment,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        begun = float(process.stdout.readline())
        while (at := float(process.stdout.readline())) - begun < after_s:
            pass
        process.kill()
        told = process.stdout.read().splitlines(keepends=True)
    assert process.returncode == -signal.SIGKILL
    whole = [float(line) for line in told if line.endswith(b"\n")]
    return max([at, *whole])


@pytest.mark.slow
@pytest.mark.parametrize("number", range(KILLS))
def test_at_most_a_second_is_lost(tmp_path: Path, number: int) -> None:
    until = killed(tmp_path, after_s=1.2 + 0.13 * number)
    (found,) = recorded(tmp_path)
    entries = [each for each in read(found.path) if not isinstance(each, Damage)]
    assert until - entries[-1].time < 2 * FLUSH_S
    assert sum(each.kind is Kind.HEARD for each in entries) > 10
    verdict = replay(found.path)
    assert verdict.is_good
    assert "the recording ends before its session did" in verdict.remarks
