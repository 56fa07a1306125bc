"""Where log lines go, and what they look like.

Whoever logs gives what a machine may want to search for as `extra`: `log.info("session ended",
extra={"session": …, "reason": …})`.  Keys, audio and transcripts are never given at all.
"""

import json
import logging
import sys
import time
import traceback
from typing import Any, TextIO

from repartee.settings import Log

# Everything a record has of its own; what else it has was given as `extra`.
_OWN = {*vars(logging.makeLogRecord({})), "message", "asctime"}


def set_up(log: Log, stream: TextIO | None = None, worker: int | None = None) -> None:
    """Send the server's own lines from `log.level` on, and other packages' warnings, to stderr.

    Where there are several workers, each line tells its own.

    The others stay at warnings even when ours are at debug: WebSocket and TLS libraries print
    headers, keys among them, when they are asked for more.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(JsonLines() if log.format == "json" else TextLines())
    if worker is not None:
        handler.addFilter(_Signature(worker))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("repartee").setLevel(log.level.upper())


class _Signature(logging.Filter):
    """Lets every line through, with its worker."""

    def __init__(self, worker: int) -> None:
        super().__init__()
        self._worker = worker

    def filter(self, record: logging.LogRecord) -> bool:
        record.worker = self._worker
        return True


class TextLines(logging.Formatter):
    """Lines for people: time, level, what happened, and the rest as name=value."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%H:%M:%S", time.localtime(record.created))
        said = f"{at} {record.levelname.lower():<7} {record.getMessage()}"
        said += "".join(f" {name}={value}" for name, value in _extra(record).items())
        raised = _raised(record)
        return said if raised is None else f"{said}\n{trace(raised)}"


class JsonLines(logging.Formatter):
    """One JSON object a line, for machines."""

    def format(self, record: logging.LogRecord) -> str:
        at = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        said = {
            "ts": f"{at}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "event": record.getMessage(),
            **_extra(record),
        }
        if (raised := _raised(record)) is not None:
            said["exception"] = trace(raised)
        return json.dumps(said, ensure_ascii=False, default=str)


def trace(exception: BaseException) -> str:
    """Where an exception was raised, and of what kind; its words may quote what a client said."""
    lines = ["Traceback (most recent call last):"]
    lines += [
        f'  File "{frame.filename}", line {frame.lineno}, in {frame.name}\n    {frame.line}'
        for frame in traceback.extract_tb(exception.__traceback__)
    ]
    kind = type(exception)
    whole = "\n".join([*lines, f"{kind.__module__}.{kind.__qualname__}"])
    cause = exception.__cause__ or (
        None if exception.__suppress_context__ else exception.__context__
    )
    inner = exception.exceptions if isinstance(exception, BaseExceptionGroup) else ()
    return "\n".join([*(trace(each) for each in (cause, *inner) if each is not None), whole])


def _raised(record: logging.LogRecord) -> BaseException | None:
    return record.exc_info[1] if record.exc_info else None


def _extra(record: logging.LogRecord) -> dict[str, Any]:
    return {name: value for name, value in vars(record).items() if name not in _OWN}
