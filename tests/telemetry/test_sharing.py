"""Processes that share a folder: each tells of all, whoever lives and whoever is gone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from repartee.telemetry.instruments import ENGINE_INFLIGHT, EVENTS
from repartee.telemetry.sharing import Shared
from repartee.telemetry.tally import Tally

OTHER = """
import sys
from pathlib import Path
from repartee.telemetry.instruments import ENGINE_INFLIGHT, EVENTS
from repartee.telemetry.sharing import Shared
from repartee.telemetry.tally import Tally
shared, tally = Shared(Path(sys.argv[1])), Tally()
tally.add(EVENTS, 5, "error")
tally.add(ENGINE_INFLIGHT, 2, "mind")
shared.leave(tally)
print("left", flush=True)
sys.stdin.read()
"""


def counted(events: int) -> Tally:
    tally = Tally()
    tally.add(EVENTS, events, "error")
    tally.add(ENGINE_INFLIGHT, 1, "mind")
    return tally


def events(tally: Tally) -> float:
    return tally.counters["events"]["error",]


def inflight(tally: Tally) -> float:
    return tally.gauges["engine_inflight"]["mind",]


@contextmanager
def another(folder: Path) -> Iterator["subprocess.Popen[str]"]:
    """A process that has left five events, and holds two pieces of work."""
    command = [sys.executable, "-c", OTHER, str(folder)]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "left\n"
        yield process
        process.kill()


def test_two_processes_are_told_as_one_and_no_counter_falls(tmp_path: Path) -> None:
    folder = tmp_path / "metrics"
    shared = Shared(folder)
    with another(folder) as process:
        tally, pids = shared.gather(counted(3))
        assert (events(tally), inflight(tally)) == (8, 3)
        assert {*pids} == {os.getpid(), process.pid}
        process.kill()
        process.wait()
        for _ in range(2):
            tally, pids = shared.gather(counted(3))
            assert (events(tally), inflight(tally), pids) == (8, 1, [os.getpid()])
        with another(folder):
            tally, _ = shared.gather(counted(4))
            assert (events(tally), inflight(tally)) == (14, 3)
    tally, _ = shared.gather(counted(4))
    assert (events(tally), inflight(tally)) == (14, 1)
    shared.close()
    assert len([*folder.iterdir()]) == 4  # the gate, the gone, our own lock and tally
    assert {file.stat().st_mode & 0o077 for file in folder.glob("*.lock")} == {0}
    assert folder.stat().st_mode & 0o777 == 0o700


def test_what_was_left_last_counts_when_its_process_has_ended(tmp_path: Path) -> None:
    ending, staying = Shared(tmp_path), Shared(tmp_path)
    for number in (1, 2, 2):
        ending.leave(counted(number))
    ending.close()
    tally, _ = staying.gather(counted(1))
    assert (events(tally), inflight(tally)) == (3, 1)
    staying.close()


def test_what_was_told_once_is_never_less_whoever_is_asked_next(tmp_path: Path) -> None:
    one, other = Shared(tmp_path), Shared(tmp_path)
    for number in (1, 5, 9):
        for asked in (one, other):
            tally, _ = asked.gather(counted(number))
            told = events(tally)
        tally, _ = one.gather(counted(number))
        assert events(tally) == told == 2 * number
    one.close()
    other.close()


def test_the_dead_are_not_counted_twice_if_their_files_stay(tmp_path: Path) -> None:
    """As after a kill between the two."""
    dead, staying = Shared(tmp_path), Shared(tmp_path)
    dead.leave(counted(2))
    dead.close()
    kept = {file: file.read_bytes() for file in tmp_path.iterdir() if file.suffix}
    staying.gather(counted(1))
    for file, content in kept.items():
        file.write_bytes(content)
    tally, _ = staying.gather(counted(1))
    assert events(tally) == 3
    staying.close()
