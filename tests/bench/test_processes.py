"""What processes cost, read from a made-up /proc."""

import os
from pathlib import Path

import pytest

from repartee.bench import BenchError
from repartee.bench.processes import read

TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MB = os.sysconf("SC_PAGESIZE") / 1e6


def add(proc: Path, pid: int, parent: int, cpu: tuple[int, int, int, int], pages: int) -> None:
    fields = ["S", str(parent), *["0"] * 9, *map(str, cpu), *["0"] * 6, str(pages), "0"]
    (proc / str(pid)).mkdir()
    (proc / str(pid) / "stat").write_text(f"{pid} (a) name) {' '.join(fields)}\n")


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    add(tmp_path, 10, 1, (100, 50, 7, 3), 1000)
    add(tmp_path, 11, 10, (10, 0, 0, 0), 200)
    add(tmp_path, 12, 11, (1, 0, 0, 0), 20)
    add(tmp_path, 20, 1, (1000, 0, 0, 0), 5)
    (tmp_path / "30").mkdir()  # it has just ended
    return tmp_path


def test_children_and_theirs_count_and_those_that_have_ended(proc: Path) -> None:
    reading = read([10], proc)
    assert reading.cpu_s == pytest.approx(171 / TICKS)
    assert reading.rss_mb == pytest.approx(1220 * PAGE_MB)


def test_nobody_counts_twice(proc: Path) -> None:
    assert read([10, 11, 20], proc).cpu_s == pytest.approx(1171 / TICKS)


def test_of_nobody_there_is_nothing_to_read(proc: Path) -> None:
    assert read([], proc).cpu_s == 0


@pytest.mark.parametrize("pid", [30, 99])
def test_who_is_not_there_is_told(proc: Path, pid: int) -> None:
    with pytest.raises(BenchError, match=f"no process {pid}"):
        read([pid], proc)


def test_this_process_is_there() -> None:
    assert read([os.getpid()]).rss_mb > 1
