"""One worker process as its parent sees it, and the pieces of work that are on it."""

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator

from msgspec import DecodeError, Raw, Struct

from repartee.engines.protocols import EngineError
from repartee.engines.worker.wire import (
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
    read_report,
)

START_S = 30.0  # to load the engine, unless it is known to take longer
CANCEL_S = 5.0  # to acknowledge a cancel: a step takes long on a loaded machine, for ever if stuck
END_S = 1.0  # to end after its pipe was closed
EXIT_S = 0.1  # to learn how a process ended: failures are to be told soon

# The process reads untrusted sound and text in C, so it is given no keys: only what Python and
# the dynamic linker need, and which GPU to use.
ENVIRONMENT = (
    *("PATH", "HOME", "LANG", "LC_ALL", "LC_CTYPE", "TMPDIR"),
    *("LD_LIBRARY_PATH", "CUDA_VISIBLE_DEVICES"),
)


class Job:
    """A piece of work from the side of whoever wants it done."""

    def __init__(self, link: "Link", number: int) -> None:
        self.number = number
        self.stuck: asyncio.TimerHandle | None = None  # runs while a cancel is unacknowledged
        self._link = link
        self._reports: asyncio.Queue[Taken | Result | Ended | EngineError] = asyncio.Queue()
        self._failure: EngineError | None = None
        self._waiting: asyncio.Timeout | None = None  # for the next input

    async def next(self, inputs: AsyncIterator[bytes]) -> bytes | None:
        """The next input, None after the last; raises EngineError if the process ends meanwhile."""
        try:
            async with asyncio.timeout(0 if self._failure else None) as self._waiting:
                return await anext(inputs, None)
        except TimeoutError:
            if self._failure is None:
                raise
            raise self._failure from None
        finally:
            self._waiting = None

    def feed(self, data: bytes) -> None:
        self._link.send(Feed(self.number, data))

    def finish(self) -> None:
        self._link.send(Finish(self.number))

    async def result(self) -> Raw | None:
        """The next result; None when the last input is worked off.  Raises EngineError."""
        report = await self._reports.get()
        if isinstance(report, EngineError):
            raise report
        if isinstance(report, Result):
            self._link.send(More(self.number))
            return report.value
        return None

    def take(self, report: Taken | Result | Ended) -> None:
        """From the link: something was reported."""
        self._reports.put_nowait(report)

    def fail(self, failure: EngineError) -> None:
        """From the link: nothing more will be reported."""
        self._failure = failure
        self._reports.put_nowait(failure)
        if self._waiting is not None:
            self._waiting.reschedule(asyncio.get_running_loop().time())


class Link:
    """A process, its pipes, and the jobs that it has."""

    def __init__(self, process: Process, name: str) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self.alive = True  # whether new jobs may go to it
        self.begun = 0  # jobs so far
        self._process = process
        self._orders = process.stdin
        self._reports = process.stdout
        self._name = name
        self._jobs: dict[int, Job] = {}
        self._loaded = asyncio.get_running_loop().create_future()
        self._listening = asyncio.create_task(self._listen())

    @classmethod
    async def start(cls, work: str, options: Struct, name: str, start_s: float = START_S) -> "Link":
        """Start a process and wait until its engine is ready.  Raises EngineError."""
        try:
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-P", "-m", "repartee.engines.worker.process", work),
                stdin=PIPE,
                stdout=PIPE,
                env=environment(),
            )
        except OSError as error:
            raise EngineError(f"{name} could not be started: {error.strerror}.") from error
        link = cls(process, name)
        link.send(Load(raw(options)))
        try:
            async with asyncio.timeout(start_s):
                await link._loaded
        except TimeoutError:
            await link.close()
            raise EngineError(f"{name} was not ready after {start_s:g} s.") from None
        except (EngineError, asyncio.CancelledError):
            await link.close()
            raise
        return link

    @property
    def gone(self) -> bool:
        """Whether the process has ended and all its jobs know."""
        return self._listening.done()

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def busy(self) -> int:
        """How many jobs it has, counting those that have not stopped yet."""
        return len(self._jobs)

    def begin(self, request: Struct) -> Job:
        """Put a new job on the process."""
        self.begun += 1
        job = self._jobs[self.begun] = Job(self, self.begun)
        self.send(Begin(job.number, raw(request)))
        return job

    def leave(self, job: Job) -> None:
        """Nobody wants more of the job: stop it unless it is over.  Never waits."""
        if job.number in self._jobs:
            self.send(Cancel(job.number))
            job.stuck = asyncio.get_running_loop().call_later(CANCEL_S, self._replace)

    def send(self, order: Order) -> None:
        if not self._orders.is_closing():
            self._orders.write(frame(order))

    def end(self) -> None:
        """Let the process end; its jobs fail when it has."""
        self.alive = False
        self._orders.close()

    async def close(self) -> None:
        """End the process, by force if it does not heed, and wait until it is gone."""
        self.end()
        await asyncio.wait([self._listening], timeout=END_S)
        if not self._listening.done():
            self._kill()
        await self._listening

    async def _listen(self) -> None:
        try:
            while (report := await self._read()) is not None:
                self._take(report)
        except DecodeError:
            self._kill()
        failure = f"{self._name} was closed."
        if self.alive:
            self.alive = False
            ending = await self._ending()
            failure = f"{self._name} {ending}: this work is lost, the next finds a new process."
        self._fail(failure)
        self._orders.close()
        await self._process.wait()

    async def _read(self) -> Report | None:
        try:
            head = await self._reports.readexactly(LENGTH)
            return read_report(await self._reports.readexactly(int.from_bytes(head, "little")))
        except asyncio.IncompleteReadError:
            return None

    def _take(self, report: Report) -> None:
        if isinstance(report, Loaded):
            if not self._loaded.done():  # nor given up
                self._loaded.set_result(None)
        elif isinstance(report, Unloadable):
            self._fail(f"{self._name} cannot be loaded: {report.message}.")
        elif job := self._jobs.get(report.number):
            if isinstance(report, Ended | Failed):
                self._over(job)
            if isinstance(report, Failed):
                job.fail(EngineError(f"{self._name} failed: {report.message}."))
            else:
                job.take(report)

    def _over(self, job: Job) -> None:
        del self._jobs[job.number]
        if job.stuck is not None:
            job.stuck.cancel()

    def _replace(self) -> None:
        """A job did not stop: end the process, so that the next work starts a new one."""
        self._fail(f"{self._name} was stuck and had to be ended: this work is lost.")
        self._kill()

    def _fail(self, message: str) -> None:
        failure = EngineError(message)
        self.alive = False
        if not self._loaded.done():
            self._loaded.set_exception(failure)
        for job in list(self._jobs.values()):
            self._over(job)
            job.fail(failure)

    def _kill(self) -> None:
        self.alive = False
        if self._process.returncode is None:
            self._process.kill()

    async def _ending(self) -> str:
        """How the process ended, in words."""
        try:
            async with asyncio.timeout(EXIT_S):
                status = await self._process.wait()
        except TimeoutError:
            self._kill()  # it closed its pipe, yet lives
            return "fell silent"
        if status < 0:
            return f"crashed ({signal.strsignal(-status)})"
        return f"ended unexpectedly (status {status})"


def environment() -> dict[str, str]:
    """What a process is told: where this one finds its modules, and no secrets."""
    kept = {name: value for name, value in os.environ.items() if name in ENVIRONMENT}
    return {**kept, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
