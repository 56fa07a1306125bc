"""Work for worker processes whose every step a test can foresee; loaded inside them."""

import os
import signal
import sys
import time
from collections.abc import Callable

from msgspec import Struct

from repartee.engines.worker.work import Piece, Steps, WorkError


class Options(Struct):
    """`fault` is what goes wrong when the work is loaded."""

    word: str = "yes"
    fault: str = ""


class Request(Struct):
    kind: str = "echo"


class Line(Struct):
    """A result: what was said, by which process."""

    text: str
    pid: int = 0
    filler: bytes = b""


def line(text: str, filler: bytes = b"") -> Line:
    return Line(text, os.getpid(), filler)


class Sample:
    """Its pieces of work go by kind: see the classes below."""

    options_type = Options
    request_type = Request

    def __init__(self, options: Options) -> None:
        self.word = options.word
        match options.fault:
            case "chatty":
                sys.stdout.write("what a library prints must not get among the reports\n")
                sys.stdout.flush()
            case "explained":
                raise WorkError("the model is missing, fetch it")
            case "bug":
                raise ValueError("a secret")
            case "exit":
                os._exit(3)
            case "never ready":
                signal.pause()
            case "impatient":
                vars(sys.modules["__main__"])["STEP_LIMIT_S"] = 0.1

    def begin(self, request: Request, stopped: Callable[[], bool]) -> Piece:
        if request.kind == "impossible":
            raise WorkError("this cannot be begun")
        kinds = {"echo": Echo, "about": About, "burn": Burn, "stuck": Stuck, "flood": Flood}
        return kinds.get(request.kind, Fault)(request.kind, self.word)


class Echo:
    """Says every input again, and at the end the word of its options."""

    def __init__(self, kind: str, word: str) -> None:
        self.kind = kind
        self.word = word

    def feed(self, data: bytes) -> Steps:
        yield line(data.decode())

    def finish(self) -> Steps:
        yield line(self.word)

    def close(self) -> None:
        """Nothing is held."""


class About(Echo):
    """Tells the modules that the process has loaded, and the names in its environment."""

    def finish(self) -> Steps:
        yield line(" ".join(sys.modules))
        yield line(" ".join(os.environ))


class Burn(Echo):
    """Says that it has begun, and computes for ever, in steps of 5 ms."""

    def feed(self, data: bytes) -> Steps:
        yield line("begun")
        while True:
            end = time.perf_counter() + 0.005
            while time.perf_counter() < end:
                pass
            yield None


class Stuck(Echo):
    """Says that it has begun, and never comes out of the next step."""

    def feed(self, data: bytes) -> Steps:
        yield line("begun")
        signal.pause()


class Flood(Echo):
    """Gives 20 MB at once."""

    def feed(self, data: bytes) -> Steps:
        for number in range(2_000):
            yield line(str(number), filler=bytes(10_000))


class Fault(Echo):
    """Says that it has begun, and fails in the way of its kind."""

    def feed(self, data: bytes) -> Steps:
        yield line("begun")
        if self.kind == "explained":
            raise WorkError("this voice is not there, choose another")
        if self.kind == "bug":
            raise ValueError(data.decode())
        os.kill(os.getpid(), signal.SIGKILL)
