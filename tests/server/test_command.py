"""Which process does what when it is told to serve."""

import logging
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from repartee.engines.protocols import EngineError
from repartee.server import app, command
from repartee.server.workers import supervisor
from repartee.server.workers.seat import Seat
from repartee.settings import Server, Settings

Ready = Callable[[str], None]


@pytest.fixture(autouse=True)
def done(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[tuple[Any, ...]]]:
    """What was run, with what; it says that it is ready."""
    ran: list[tuple[Any, ...]] = []

    def serve(settings: Settings, ready: Ready, seat: Seat | None = None) -> int:
        ran.append(("serve", settings, seat))
        ready("http://x/v1")
        return 0

    def supervise(server: Server, ready: Ready) -> int:
        ran.append(("supervise", server))
        ready("http://x/v1")
        return 0

    monkeypatch.setattr(app, "run", serve)
    monkeypatch.setattr(supervisor, "run", supervise)
    root, own = logging.getLogger(), logging.getLogger("repartee")
    before = root.handlers[:], root.level, own.level
    yield ran
    root.handlers, root.level, own.level = before


def expected() -> tuple[type[Exception], ...]:
    return (EngineError,)


def run(settings: Settings, seat: Seat | None = None) -> tuple[int, list[str]]:
    told: list[str] = []
    text = None if seat is None else seat.write()
    return command.run(lambda: (settings, told.append), text, expected), told


def test_one_process_serves(done: list[tuple[Any, ...]]) -> None:
    assert run(Settings()) == (0, ["http://x/v1"])
    assert done == [("serve", Settings(), None)]


def test_the_first_of_several_supervises(done: list[tuple[Any, ...]]) -> None:
    server = Server(workers=2)
    assert run(Settings(server=server)) == (0, ["http://x/v1"])
    assert done == [("supervise", server)]


def test_a_worker_serves_on_its_seat_and_tells_its_supervisor(
    done: list[tuple[Any, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        seat = Seat(2, 3, 5, (), theirs.fileno(), "/run/repartee-x")
        settings = Settings(server=Server(workers=3))
        assert run(settings, seat) == (0, [])
        assert ours.recv(100) == b"{}\n"
    assert done == [("serve", settings, seat)]
    logging.getLogger("repartee").warning("odd")
    assert capsys.readouterr().err.endswith("odd worker=2\n")


def test_what_keeps_a_worker_from_serving_is_for_its_supervisor(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any, **__: Any) -> int:
        raise EngineError("there is no model")

    monkeypatch.setattr(app, "run", fail)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        seat = Seat(2, 3, 5, (), theirs.fileno(), "/run/repartee-x")
        assert run(Settings(), seat) == (2, [])
        assert ours.recv(100) == b'{"failed":"there is no model"}\n'
    with pytest.raises(EngineError):
        run(Settings())
