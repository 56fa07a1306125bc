"""What an engine provides to live in a worker process: work, cut into pieces, cut into steps.

A worker process imports this instead of `protocols`, for numpy's sake: it is to stay small.
"""

import os
from collections.abc import Callable, Generator
from typing import Any, Protocol

from msgspec import Struct


class WorkError(Exception):
    """A failure whose message is for people and tells nothing of the content."""


Steps = Generator[Struct | None, None, None]


class Piece(Protocol):
    """One piece of work.  Each `next` of the generators it gives is one step.

    A step takes some milliseconds, 100 at most, and yields a result, or None where there is none
    yet.  Failures are raised, `WorkError` where a person can do something about it.
    """

    def feed(self, data: bytes) -> Steps:
        """Work off more input."""
        ...

    def finish(self) -> Steps:
        """Work off what is left: no more input follows."""
        ...

    def close(self) -> None:
        """Let go of everything; called once, also after failure and cancel.  Must not fail."""
        ...


class Work(Protocol):
    """An engine inside its process.  Made with its options, it is loaded; then it begins pieces.

    `stopped` tells within a step that the piece was cancelled.
    """

    @property
    def options_type(self) -> type[Struct]:
        """What the constructor takes."""
        ...

    @property
    def request_type(self) -> type[Struct]:
        """What `begin` takes."""
        ...

    def begin(self, request: Any, stopped: Callable[[], bool]) -> Piece: ...


def describe(error: Exception) -> str:
    """Kind and place of an unforeseen failure, not its words: they may repeat what was said."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    where = ""
    if trace is not None:
        code = trace.tb_frame.f_code
        where = f" in {os.path.basename(code.co_filename)}, line {trace.tb_lineno}"
    return f"{type(error).__name__}{where}"
