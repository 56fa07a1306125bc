"""Inside the process: pieces of work take turns, keep to their credit, and stop when told."""

import io
from collections.abc import Callable

import pytest

from engines.processes import WORK
from engines.sample_work import Echo, Options, Request, Sample, line
from repartee.engines.worker import process as worker_process
from repartee.engines.worker.wire import (
    CREDIT,
    Begin,
    Cancel,
    Ended,
    Failed,
    Feed,
    Finish,
    More,
    Order,
    Report,
    Result,
    Taken,
    frame,
    raw,
)
from repartee.engines.worker.work import Piece, Steps, WorkError


class Counter(Echo):
    """Counts up to its input; `left` and `closed` tell how it was left."""

    left = closed = 0

    def feed(self, data: bytes) -> Steps:
        try:
            for number in range(int(data)):
                yield line(str(number))
        finally:
            Counter.left += 1

    def close(self) -> None:
        Counter.closed += 1


class Counting(Sample):
    def begin(self, request: Request, stopped: Callable[[], bool]) -> Piece:
        self.stopped = stopped
        piece = super().begin(request, stopped)
        return Counter("", "") if request.kind == "count" else piece


class Process:
    """The line of a process, without its threads: the test gives the turns."""

    def __init__(self) -> None:
        self.work = Counting(Options())
        self.reports: list[Report] = []
        self.line = worker_process.Line(self.work, self.reports.append)

    def take(self, *orders: Order) -> None:
        for order in orders:
            self.line.take(order)

    def turns(self, count: int) -> list[tuple[int, type[Report]]]:
        """What is reported in so many turns; a turn that has nothing to do would not end."""
        self.reports.clear()
        for _ in range(count):
            self.line.work()
        reports = [
            each for each in self.reports if isinstance(each, Taken | Result | Ended | Failed)
        ]
        return [(each.number, type(each)) for each in reports]


@pytest.fixture
def process() -> Process:
    Counter.left = Counter.closed = 0
    return Process()


def begin(number: int, kind: str = "count") -> Begin:
    return Begin(number, raw(Request(kind)))


def test_a_piece_of_work_from_beginning_to_end(process: Process) -> None:
    process.take(begin(1), Feed(1, b"2"), Finish(1))
    assert process.turns(6) == [(1, Result), (1, Result), (1, Taken), (1, Result), (1, Ended)]
    assert (Counter.left, Counter.closed) == (1, 1)


def test_pieces_take_turns(process: Process) -> None:
    process.take(begin(1), begin(2), Feed(1, b"9"), Feed(2, b"9"))
    process.turns(2)
    assert [number for number, _ in process.turns(6)] == [1, 2, 1, 2, 1, 2]


def test_one_without_credit_lets_others_work(process: Process) -> None:
    process.take(begin(1), Feed(1, b"99"))
    assert len(process.turns(1 + CREDIT)) == CREDIT
    process.take(begin(2), Feed(2, b"2"))
    assert process.turns(4) == [(2, Result), (2, Result), (2, Taken)]
    process.take(More(1))
    assert process.turns(1) == [(1, Result)]


def test_a_cancelled_one_is_left_at_its_next_turn(process: Process) -> None:
    process.take(begin(1), Feed(1, b"99"))
    process.turns(3)
    assert not process.work.stopped()
    process.take(Cancel(1))
    assert process.work.stopped()
    assert process.turns(1) == [(1, Ended)]
    assert (Counter.left, Counter.closed) == (1, 1)


def test_one_that_is_cancelled_without_credit_is_left_too(process: Process) -> None:
    process.take(begin(1), Feed(1, b"99"))
    process.turns(1 + CREDIT)
    process.take(Cancel(1))
    assert process.turns(1) == [(1, Ended)]


def test_one_that_is_cancelled_before_it_began_never_begins(process: Process) -> None:
    process.take(begin(1), Cancel(1))
    assert process.turns(1) == [(1, Ended)]
    assert Counter.closed == 0


def test_orders_for_what_is_over_are_let_be(process: Process) -> None:
    process.take(begin(1), Finish(1))
    process.turns(3)
    process.take(Feed(1, b"2"), Cancel(1), More(1), begin(2), Cancel(2))
    assert process.turns(1) == [(2, Ended)]


def test_a_failure_ends_only_its_own_piece(process: Process) -> None:
    process.take(begin(1), begin(2), Feed(1, b"what was said"), Feed(2, b"1"))
    assert process.turns(4) == [(1, Failed), (2, Result)]
    failed = process.reports[0]
    assert isinstance(failed, Failed)
    assert failed.message.startswith("ValueError in test_process.py, line ")


def test_one_that_cannot_begin_fails(process: Process) -> None:
    process.take(begin(1, "impossible"))
    process.turns(1)
    assert process.reports == [Failed(1, "this cannot be begun")]


def test_orders_are_read_until_the_parent_is_gone() -> None:
    pipe = io.BytesIO(frame(Finish(1)) + frame(More(2)))
    assert [worker_process.read(pipe) for _ in range(3)] == [Finish(1), More(2), None]


def test_half_an_order_is_none() -> None:
    assert worker_process.read(io.BytesIO(frame(Finish(1))[:-1])) is None


def test_work_is_loaded_by_name() -> None:
    loaded = worker_process.load(WORK, raw(Options(word="no")))
    assert isinstance(loaded, Sample)
    assert loaded.word == "no"


def test_a_missing_module_is_named() -> None:
    with pytest.raises(WorkError, match="No module named 'surely_not_installed'"):
        worker_process.load("surely_not_installed:Work", raw(Options()))
