"""How far a download is, on a terminal as a bar that moves, else as a line now and then."""

import time
from collections.abc import Callable
from typing import TextIO

_WIDTH = 24  # characters of the bar
_MOVES_S = 0.1
_LINES_S = 15.0


class Progress:
    """Is told how many bytes are there.  `now` is a clock in seconds."""

    def __init__(self, output: TextIO, now: Callable[[], float] = time.monotonic) -> None:
        self._output, self._now = output, now
        self._moves = output.isatty()
        self._begun: tuple[float, int] | None = None
        self._shown_at = float("-inf")

    def show(self, there: int, whole: int) -> None:
        """`there` bytes of `whole`; most calls show nothing."""
        now = self._now()
        if self._begun is None:
            self._begun = (now, there)
        if now - self._shown_at < (_MOVES_S if self._moves else _LINES_S) and there < whole:
            return
        self._shown_at = now
        told = f"{there / 1e6:.1f} of {whole / 1e6:.1f} MB{self._pace(now, there, whole)}"
        if self._moves:
            full = _WIDTH * there // max(whole, 1)
            self._output.write(f"\r\x1b[K[{'#' * full}{'.' * (_WIDTH - full)}] {told}")
        else:
            self._output.write(f"{told}\n")
        self._output.flush()

    def end(self) -> None:
        """Leave the line, if there is one."""
        if self._moves and self._begun is not None:
            self._output.write("\n")
            self._output.flush()

    def _pace(self, now: float, there: int, whole: int) -> str:
        assert self._begun is not None
        began, before = self._begun
        if now <= began or there <= before:
            return ""
        pace = (there - before) / (now - began)
        left = round((whole - there) / pace)
        return f", {pace / 1e6:.1f} MB/s" + (f", {left // 60}:{left % 60:02} left" if left else "")
