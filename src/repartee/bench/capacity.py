"""How many sessions a server carries: doubled until it fails, then halved in between."""

from collections.abc import Awaitable, Callable

from msgspec import Struct, structs

from repartee.bench.plan import Plan
from repartee.bench.report import Report

_FINENESS = 10  # per cent of the answer that are not worth another step
_BASELINE_TIMES = 3  # as long for one session, which has few turns
_FEW = 8  # sessions that no server feels


class Step(Struct, frozen=True):
    """One load; `failed` says why it was too much, and is empty where it was not."""

    sessions: int
    turns: int
    stopped_p99: float | None  # ms
    server_ms: float | None
    failed: str


class Capacity(Struct, frozen=True):
    """The largest load that held, 0 where none did, and the steps that led there."""

    sessions: int
    limit_ms: float
    steps: tuple[Step, ...]
    report: Report | None
    """Of the largest load that held; where none did, of the last."""


class Search:
    """Which number to try next: pure.  `most` is as far as it goes."""

    def __init__(self, most: int) -> None:
        self.held = 0
        self._failed: int | None = None
        self._most = most

    def next(self) -> int | None:
        """None where it is known well enough."""
        if self._failed is None:
            return None if self.held >= self._most else min(max(1, 2 * self.held), self._most)
        between = self._failed - self.held
        if between <= 1 or between * 100 <= self.held * _FINENESS:
            return None
        return self.held + between // 2

    def tell(self, sessions: int, held: bool) -> None:
        """What came of it."""
        if held:
            self.held = max(self.held, sessions)
        elif self._failed is None or sessions < self._failed:
            self._failed = sessions


def why_failed(report: Report, baseline_ms: float | None, limit_ms: float) -> str:
    """What is wrong with this load, in a few words; nothing where it holds.

    `baseline_ms` is the 99th percentile of speech_stopped with few sessions.
    """
    turns = report.turns
    if report.void:
        return "the generator itself was late"
    if turns.lost:
        return f"{turns.lost} of {turns.sent} turns were not answered"
    if turns.underruns:
        return f"{turns.underruns} answers did not sound without a gap"
    if not report.is_well:
        named = [*report.refused, *report.disconnected, *report.faults, *report.errors]
        if report.foreign:
            named.append("messages that are no events")
        return named[0] if named else "not one turn was said"
    if report.stopped is None or baseline_ms is None:
        return ""
    more = report.stopped.p99 - baseline_ms
    return f"speech_stopped came {more:.1f} ms later than with few" if more > limit_ms else ""


async def find_capacity(
    plan: Plan,
    have: Callable[[Plan], Awaitable[Report]],
    *,
    most: int,
    limit_ms: float,
    show: Callable[[Step], None],
) -> Capacity:
    """Try loads like `plan` of other sizes, none larger than `most`; `show` is told each.

    What one session is served like is known from loads of a few: of its own turns there are too few
    for a 99th percentile.  A load that fails is tried once more.  It ends early, with what is
    known, where a load was stopped early.
    """
    search, steps, best = Search(most), list[Step](), None
    baseline_ms: float | None = None
    while (sessions := search.next()) is not None:
        times = _BASELINE_TIMES if sessions == 1 else 1
        asked = structs.replace(plan, sessions=sessions, seconds=plan.seconds * times)
        report = await have(asked)
        if why_failed(report, baseline_ms, limit_ms) and not report.stopped_early:
            report = await have(asked)  # it may have been a moment of this machine
        if report.stopped_early:
            break
        failed = why_failed(report, baseline_ms, limit_ms)
        stopped_p99 = report.stopped.p99 if report.stopped else None
        if sessions <= _FEW and stopped_p99 is not None and not failed:
            baseline_ms = max(baseline_ms or 0.0, stopped_p99)
        steps.append(Step(sessions, report.turns.sent, stopped_p99, report.server_ms, failed))
        show(steps[-1])
        search.tell(sessions, held=not failed)
        if not failed or not search.held:
            best = report
    return Capacity(search.held, limit_ms, tuple(steps), best)
