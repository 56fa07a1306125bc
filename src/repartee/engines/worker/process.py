"""The inside of a worker process: takes orders from its parent and works them off in fair turns.

Started as ``python -m repartee.engines.worker.process package.module:Work``.  One thread reads
orders, the main thread works.  The work is cut into steps; pieces of work that wait take turns
step by step, so that none waits longer for another than a step takes, and a cancelled one stops
after its step.  Engines that use Python's or their own global lock lose nothing by this, and it
spares them a thread a piece.

The process ends when its parent closes the pipe or dies: its end of the pipe is all it listens to.
"""

import faulthandler
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable
from importlib import import_module
from typing import BinaryIO

from msgspec import Raw, msgpack

from repartee.engines.worker.wire import (
    CREDIT,
    LENGTH,
    Begin,
    Cancel,
    Ended,
    Failed,
    Feed,
    Finish,
    Load,
    Loaded,
    More,
    Order,
    Report,
    Result,
    Taken,
    Unloadable,
    frame,
    raw,
    read_order,
)
from repartee.engines.worker.work import Piece, Steps, Work, WorkError, describe

STEP_LIMIT_S = 30.0  # a step that takes longer is stuck


class Place:
    """A piece of work in the line of those that take turns."""

    def __init__(self, number: int, request: Raw) -> None:
        self.number = number
        self.request = request
        self.inputs: deque[bytes] = deque()
        self.finished = False  # no more input will come
        self.cancelled = False
        self.credit = CREDIT
        self.piece: Piece | None = None  # None until its first turn
        self.steps: Steps | None = None  # of the input that is being worked off
        self.last = False  # whether those are the last steps

    def ready(self) -> bool:
        """Whether a turn would do anything now."""
        if self.cancelled or self.piece is None:
            return True
        return self.credit > 0 and bool(self.steps or self.inputs or self.finished)

    def stopped(self) -> bool:
        return self.cancelled


class Line:
    """All pieces of work of this process, and whose turn it is."""

    def __init__(self, work: Work, tell: Callable[[Report], None]) -> None:
        self._work = work
        self._tell = tell
        self._places: dict[int, Place] = {}
        self._turns: deque[Place] = deque()
        self._changed = threading.Condition()

    def take(self, order: Order) -> None:
        """From the reading thread: note the order, for the main thread to work off."""
        with self._changed:
            if isinstance(order, Begin):
                place = self._places[order.number] = Place(order.number, order.request)
                self._turns.append(place)
            elif not isinstance(order, Load) and (known := self._places.get(order.number)):
                _note(order, known)
            self._changed.notify()

    def work(self) -> None:
        """Give the next place that is ready its turn; wait until there is one."""
        with self._changed:
            while (place := self._next()) is None:
                self._changed.wait()
        # The kernel ends a process that is stuck, even one that keeps Python's lock to itself
        # and has lost its parent.
        signal.setitimer(signal.ITIMER_REAL, STEP_LIMIT_S)
        report = self._turn(place)
        signal.setitimer(signal.ITIMER_REAL, 0)
        if isinstance(report, Ended | Failed):
            self._leave(place)
        if report is not None:
            self._tell(report)

    def _next(self) -> Place | None:
        for _ in range(len(self._turns)):
            place = self._turns[0]
            self._turns.rotate(-1)
            if place.ready():
                return place
        return None

    def _turn(self, place: Place) -> Report | None:
        if place.cancelled:
            return Ended(place.number)
        try:
            return self._step(place)
        except WorkError as error:
            return Failed(place.number, str(error))
        except Exception as error:
            return Failed(place.number, describe(error))

    def _step(self, place: Place) -> Report | None:
        if place.piece is None:
            request = msgpack.decode(place.request, type=self._work.request_type)
            place.piece = self._work.begin(request, place.stopped)
            return None
        if place.steps is None:
            place.last = not place.inputs
            place.steps = place.piece.finish() if place.last else place.piece.feed(place.inputs[0])
        try:
            result = next(place.steps)
        except StopIteration:
            place.steps = None
            if place.last:
                return Ended(place.number)
            place.inputs.popleft()
            return Taken(place.number)
        if result is None:
            return None
        place.credit -= 1
        return Result(place.number, raw(result))

    def _leave(self, place: Place) -> None:
        with self._changed:
            del self._places[place.number]
            self._turns.remove(place)
        if place.steps is not None:
            place.steps.close()
        if place.piece is not None:
            place.piece.close()


def _note(order: Feed | Finish | Cancel | More, place: Place) -> None:
    match order:
        case Feed(data=data):
            place.inputs.append(data)
        case Finish():
            place.finished = True
        case Cancel():
            place.cancelled = True
        case More():
            place.credit += 1


def read(pipe: BinaryIO) -> Order | None:
    """The next order; None when the parent is gone."""
    head = pipe.read(LENGTH)
    if len(head) < LENGTH:
        return None
    size = int.from_bytes(head, "little")
    body = pipe.read(size)
    return read_order(body) if len(body) == size else None


def listen(pipe: BinaryIO, line: Line) -> None:
    """Take orders until the parent is gone; then end at once, whatever is being worked on."""
    try:
        while (order := read(pipe)) is not None:
            line.take(order)
    finally:
        os._exit(0)


def load(name: str, options: Raw) -> Work:
    """Make the engine `name`, "package.module:Class".  Raises WorkError."""
    module, _, attribute = name.partition(":")
    try:
        factory = getattr(import_module(module), attribute)
        work: Work = factory(msgpack.decode(options, type=factory.options_type))
    except (ImportError, OSError) as error:  # a wheel or a library; neither names any content
        raise WorkError(f"{type(error).__name__}: {error}") from error
    return work


def own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """Both pipes for ourselves alone: a library that prints does so on stderr."""
    orders, reports = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    return orders, reports


def main() -> None:
    # Ctrl-C and a service manager's SIGTERM go to every process of the server at once; sessions
    # still need their engines then.  The parent ends us, by closing the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends a stuck step, see `Line.work`
    faulthandler.enable()
    orders, reports = own_pipes()

    def tell(report: Report) -> None:
        reports.write(frame(report))
        reports.flush()

    first = read(orders)
    if not isinstance(first, Load):  # the parent is gone already
        return
    try:
        work = load(sys.argv[1], first.options)
    except WorkError as error:
        tell(Unloadable(str(error)))
        return
    except Exception as error:
        tell(Unloadable(describe(error)))
        return
    line = Line(work, tell)
    threading.Thread(target=listen, args=(orders, line), daemon=True).start()
    tell(Loaded())
    try:
        while True:
            line.work()
    except BrokenPipeError:  # the parent is gone
        os._exit(0)


if __name__ == "__main__":
    main()
