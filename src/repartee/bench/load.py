"""A load from its first connection to its report."""

import asyncio
import random
import time
from collections import Counter
from collections.abc import Callable

from msgspec import Struct, structs

from repartee.bench import BenchError, opening, processes
from repartee.bench.caller import Caller
from repartee.bench.pacing import Pacer
from repartee.bench.plan import Plan
from repartee.bench.processes import Reading
from repartee.bench.report import Cost, Report, Run, summed_up
from repartee.bench.sound import Sounds, sounds
from repartee.bench.wire import NotConnected, OpenLine, line_opener
from repartee.transports.client import Place

_CONNECTS_AT_A_TIME = 32
_BETWEEN_CONNECTS_S = 0.005  # 200 a second: below what servers take for a flood
_LOOK_S = 0.05
_ANSWER_S = 2.0  # about what an answer takes, so that first turns are spread over a whole round
_CLOSING_S = 5.0

Clock = Callable[[], float]


async def measure(
    plan: Plan,
    place: Place,
    *,
    stop: asyncio.Event | None = None,
    clock: Clock = time.perf_counter,
    open_line: OpenLine | None = None,
) -> Report:
    """Have the load, and tell how it was served; once `stop` is set, with what there is by then.

    Raises BenchError for what cannot be asked, and transports.client.Unreachable for an address
    that is none; a server that does not answer is told in the report.
    """
    said = sounds(plan.wavs, plan.chunk_ms, plan.silence_ms)
    load = Load(plan, said, open_line or line_opener(place, plan), clock)
    return summed_up(plan, place.url, await load.run(stop or asyncio.Event()))


class _Snapshot(Struct, frozen=True):
    at: float
    own_cpu_s: float
    server: Reading | None
    sent: int


class Load:
    """The callers of one run, and what is counted over all of them."""

    def __init__(self, plan: Plan, said: Sounds, open_line: OpenLine, clock: Clock) -> None:
        self._plan = plan
        self._open_line = open_line
        self._clock = clock
        self._greeting = opening.session_update(plan)
        self._pacer = Pacer(plan.sessions, plan.chunk_s, clock)
        order = random.Random(0).sample(range(plan.sessions), plan.sessions)
        self._callers = [Caller(plan, said, slot, clock) for slot in order]
        self._connected: list[Caller] = []
        self._refused: Counter[str] = Counter()
        longest = max(len(each.messages) for each in said.utterances) * plan.chunk_s
        answer_s = 0.0 if plan.listening_only else _ANSWER_S
        self._round_s = longest + (plan.silence_ms + plan.pause_ms) / 1000 + answer_s

    async def run(self, stop: asyncio.Event) -> Run:
        """All of it; `stop` ends it early."""
        before = processes.read(self._plan.pids)
        self._pacer.start()
        try:
            await self._connect(stop)
            self._pacer.lateness.clear()
            begin = self._snapshot()
            self._begin_turns(begin.at)
            await self._until(begin.at + self._plan.seconds, stop)
            end = self._snapshot()
            for caller in self._connected:
                caller.conversation.close()
            await self._until(end.at + self._most_left_s, stop)
        finally:
            self._pacer.stop()
            await self._hang_up()
        return Run(
            began=begin.at,
            conversations=[caller.conversation for caller in self._connected],
            connects_s=[caller.connect_s for caller in self._connected],
            refused=self._refused,
            lost=Counter(each.lost for each in self._connected if each.lost is not None),
            foreign=sum(caller.foreign for caller in self._connected),
            late=self._pacer.lateness.figure(),
            cost=self._cost(before, begin, end),
            stopped=stop.is_set(),
        )

    @property
    def _most_left_s(self) -> float:
        """Within this the last turn has been said and answered, or is given up."""
        return self._round_s + self._plan.patience_s

    async def _connect(self, stop: asyncio.Event) -> None:
        """All of them, or those that are there when `stop` is set."""
        connecting = asyncio.create_task(self._connect_all())
        stopping = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait([connecting, stopping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            stopping.cancel()
            connecting.cancel()  # which does nothing where it is done
        await asyncio.wait([connecting])
        if not connecting.cancelled():
            connecting.result()

    async def _connect_all(self) -> None:
        room = asyncio.Semaphore(_CONNECTS_AT_A_TIME)
        async with asyncio.TaskGroup() as group:
            for caller in self._callers:
                await room.acquire()
                group.create_task(self._call(caller, room))
                await asyncio.sleep(_BETWEEN_CONNECTS_S)

    async def _call(self, caller: Caller, room: asyncio.Semaphore) -> None:
        try:
            await caller.open(self._open_line, self._greeting)
        except NotConnected as failure:
            self._refused[str(failure)] += 1
        else:
            self._connected.append(caller)
            self._pacer.enter(caller.slot, caller.send)
        finally:
            room.release()

    def _begin_turns(self, begin: float) -> None:
        """Spread over a round, so that as many speak at any time as ever will."""
        for place, caller in enumerate(self._connected):
            caller.conversation.begin(begin + self._round_s * place / len(self._connected))

    async def _until(self, end: float, stop: asyncio.Event) -> None:
        """Until then, or until nothing is left to wait for."""
        while self._clock() < end and not stop.is_set():
            if all(caller.lost or caller.conversation.settled for caller in self._connected):
                return
            await asyncio.sleep(_LOOK_S)

    async def _hang_up(self) -> None:
        for caller in self._connected:
            self._pacer.leave(caller.slot)
        closing = [asyncio.create_task(caller.close()) for caller in self._connected]
        if closing:
            _, late = await asyncio.wait(closing, timeout=_CLOSING_S)
            for task in late:
                task.cancel()

    def _snapshot(self) -> _Snapshot:
        try:
            server = processes.read(self._plan.pids) if self._plan.pids else None
        except BenchError:
            server = None  # it was there when the run began: its end shows in the sessions
        return _Snapshot(self._clock(), time.process_time(), server, self._pacer.lateness.count)

    def _cost(self, before: Reading, begin: _Snapshot, end: _Snapshot) -> Cost:
        cost = Cost(
            session_seconds=round((end.sent - begin.sent) * self._plan.chunk_s, 3),
            seconds=round(end.at - begin.at, 3),
            sessions=len(self._connected),
            own_cpu_s=end.own_cpu_s - begin.own_cpu_s,
        )
        if begin.server is None or end.server is None:
            return cost
        return structs.replace(
            cost,
            server_cpu_s=end.server.cpu_s - begin.server.cpu_s,
            rss_before_mb=before.rss_mb,
            rss_after_mb=end.server.rss_mb,
        )
