"""Log lines for people and for machines, and what of other packages is kept out of them."""

import io
import json
import logging
from collections.abc import Iterator

import pytest

from repartee.runtime import logs
from repartee.settings import Log


@pytest.fixture(autouse=True)
def restored() -> Iterator[None]:
    root, own = logging.getLogger(), logging.getLogger("repartee")
    before = root.handlers[:], root.level, own.level
    root.handlers = []
    yield
    root.handlers, root.level, own.level = before


def lines(log: Log) -> list[str]:
    stream = io.StringIO()
    logs.set_up(log, stream)
    own = logging.getLogger("repartee.test")
    own.debug("each frame")
    own.info("session %s", "ended", extra={"session": "sess_1", "ms": 12})
    logging.getLogger("picows.server").info("Authorization: Bearer sk-1")
    logging.getLogger("picows.server").warning("odd frame")
    try:
        raise ValueError("broken")
    except ValueError:
        own.exception("bug")
    return stream.getvalue().splitlines()


@pytest.mark.parametrize(
    ("log", "line"),
    [
        (Log(), "info    session ended ms=12 worker=3"),
        (Log(format="json"), '"ms": 12, "worker": 3}'),
    ],
)
def test_of_several_workers_each_signs_its_lines(log: Log, line: str) -> None:
    stream = io.StringIO()
    logs.set_up(log, stream, worker=3)
    logging.getLogger("repartee.test").info("session ended", extra={"ms": 12})
    assert stream.getvalue().endswith(f"{line}\n")


def test_people_read_lines() -> None:
    first, second, third, *trace = lines(Log())
    assert first[9:] == "info    session ended session=sess_1 ms=12"
    assert second[9:] == "warning odd frame"
    assert third[9:] == "error   bug"
    assert trace[-1] == "builtins.ValueError", "its words may quote a client"


def test_machines_read_objects() -> None:
    first, second, third = map(json.loads, lines(Log(format="json")))
    assert {"level": "info", "event": "session ended", "session": "sess_1", "ms": 12}.items() <= (
        first.items()
    )
    assert first["ts"].endswith("Z")
    assert second["logger"] == "picows.server"
    assert third["exception"].endswith("builtins.ValueError")


def test_debugging_us_does_not_open_the_mouth_of_libraries() -> None:
    said = "\n".join(lines(Log(level="debug")))
    assert "each frame" in said
    assert "Bearer" not in said


def test_only_what_is_severe_enough_is_shown() -> None:
    assert len([line for line in lines(Log(level="error")) if "session ended" in line]) == 0
