"""How far a download is: a bar on a terminal, lines elsewhere, neither too often."""

import io
from collections.abc import Iterator

from repartee.models.progress import Progress

MB = 1_000_000


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def clock(*moments: float) -> Iterator[float]:
    return iter(moments)


def test_a_terminal_has_a_bar_that_moves() -> None:
    output, times = Terminal(), clock(0, 0.05, 2, 4)
    progress = Progress(output, lambda: next(times))
    for there in (0, 10, 50, 100):
        progress.show(there * MB, 100 * MB)
    progress.end()
    begun, half, whole = output.getvalue().split("\r\x1b[K")[1:]  # one came too soon
    assert begun == f"[{'.' * 24}] 0.0 of 100.0 MB"
    assert half == f"[{'#' * 12}{'.' * 12}] 50.0 of 100.0 MB, 25.0 MB/s, 0:02 left"
    assert whole == f"[{'#' * 24}] 100.0 of 100.0 MB, 25.0 MB/s\n"


def test_elsewhere_a_line_is_written_now_and_then() -> None:
    output, times = io.StringIO(), clock(0, 10, 20, 21)
    progress = Progress(output, lambda: next(times))
    for there in (0, 10, 50, 100):
        progress.show(there * MB, 100 * MB)
    progress.end()
    assert [line.split(",")[0] for line in output.getvalue().splitlines()] == [
        "0.0 of 100.0 MB",
        "50.0 of 100.0 MB",
        "100.0 of 100.0 MB",
    ]


def test_what_goes_on_is_measured_from_where_it_went_on() -> None:
    output, times = io.StringIO(), clock(0, 20)
    progress = Progress(output, lambda: next(times))
    progress.show(80 * MB, 100 * MB)
    progress.show(100 * MB, 100 * MB)
    assert output.getvalue().endswith("100.0 of 100.0 MB, 1.0 MB/s\n")


def test_nothing_to_fetch_leaves_no_line() -> None:
    output = Terminal()
    Progress(output).end()
    assert output.getvalue() == ""
    progress = Progress(output, lambda: 0.0)
    progress.show(0, 0)
    assert "0.0 of 0.0 MB" in output.getvalue()
