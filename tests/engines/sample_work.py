"""Work for worker processes whose every step a test can foresee."""

import os
import signal
import sys
import time
from collections.abc import Callable

from msgspec import Struct

from repartee.engines.work import Piece, Steps, WorkError


class Line(Struct):
    """A result: what was said, by which process."""

    text: str
    pid: int = 0
    filler: bytes = b""


def line(text: str, filler: bytes = b"") -> Line:
    return Line(text, os.getpid(), filler)


class Options(Struct):
    word: str = "yes"
    fault: str = ""


class Request(Struct):
    kind: str = "echo"


class Sample:
    """Pieces of work by name: see the classes below."""

    options_type = Options
    request_type = Request

    def __init__(self, options: Options) -> None:
        sys.stdout.write("what a library prints must not get among the reports\n")
        sys.stdout.flush()
        if options.fault == "explained":
            raise WorkError("the model is missing: fetch it")
        if options.fault == "bug":
            raise ValueError("a secret")
        if options.fault == "silent exit":
            os._exit(3)
        self._word = options.word

    def begin(self, request: Request, stopped: Callable[[], bool]) -> Piece:
        kinds = {"echo": Echo, "modules": Modules, "burn": Burn, "stuck": Stuck, "flood": Flood}
        return kinds.get(request.kind, Fault)(request.kind, self._word, stopped)


class Echo:
    """Says every input again, and at the end the word of its options."""

    def __init__(self, kind: str, word: str, stopped: Callable[[], bool]) -> None:
        self.kind = kind
        self.word = word
        self.stopped = stopped

    def feed(self, data: bytes) -> Steps:
        yield line(data.decode())

    def finish(self) -> Steps:
        yield line(self.word)

    def close(self) -> None:
        self.word = ""


class Modules(Echo):
    """Tells which modules the process has loaded, and the names of its environment."""

    def finish(self) -> Steps:
        yield line(" ".join(sys.modules))
        yield line(" ".join(os.environ))


class Burn(Echo):
    """Computes for ever, in steps of 5 ms, after one result."""

    def feed(self, data: bytes) -> Steps:
        yield line("begun")
        while True:
            end = time.perf_counter() + 0.005
            while time.perf_counter() < end:
                pass
            yield None


class Stuck(Echo):
    """Never comes out of a step, and says so beforehand."""

    def feed(self, data: bytes) -> Steps:
        yield line("begun")
        signal.pause()
        yield line("woken")


class Flood(Echo):
    """Gives more than anyone can want."""

    def feed(self, data: bytes) -> Steps:
        for number in range(10_000):
            yield line(str(number), filler=bytes(10_000))


class Fault(Echo):
    """Fails in the way that its kind names."""

    def feed(self, data: bytes) -> Steps:
        yield line("begun")
        if self.kind == "explained":
            raise WorkError("this voice is not there: choose another")
        if self.kind == "bug":
            raise ValueError(data.decode())
        os.kill(os.getpid(), signal.SIGSEGV)
