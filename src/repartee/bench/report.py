"""What came of a load: figures, faults and cost, as one value that also stands in a JSON file."""

from collections import Counter
from collections.abc import Iterable, Sequence
from math import ceil, floor
from statistics import median

from msgspec import Struct

from repartee.bench.figures import Figure
from repartee.bench.judging import faults, is_answered
from repartee.bench.plan import Plan
from repartee.bench.turns import Conversation, Turn

JITTER_MS = 20.0  # that a client's buffer hides; sound that is later than due by more is missed
_MOMENTS = 120  # of the course


class Cost(Struct, frozen=True, kw_only=True):
    """What the run cost while sessions spoke.  The server's is known where its processes are."""

    session_seconds: float
    seconds: float
    sessions: int
    own_cpu_s: float
    server_cpu_s: float | None = None
    rss_before_mb: float | None = None  # before the first connection
    rss_after_mb: float | None = None

    def cpu_ms(self, cpu_s: float | None) -> float | None:
        """CPU milliseconds for each second of each session."""
        if cpu_s is None or not self.session_seconds:
            return None
        return 1000 * cpu_s / self.session_seconds

    @property
    def rss_per_session_mb(self) -> float | None:
        if self.rss_before_mb is None or self.rss_after_mb is None or not self.sessions:
            return None
        return (self.rss_after_mb - self.rss_before_mb) / self.sessions


class Run(Struct, frozen=True, kw_only=True):
    """All that was noted of a run; times in seconds."""

    began: float
    conversations: list[Conversation]
    connects_s: list[float]
    refused: Counter[str]
    lost: Counter[str]
    foreign: int
    late: Figure | None
    cost: Cost
    stopped: bool


class Moment(Struct, frozen=True):
    """The turns whose speech ended within a stretch of the run; lags in ms, median and largest."""

    at_s: float
    turns: int
    stopped: tuple[float, float] | None
    first_audio: tuple[float, float] | None


class Turns(Struct, frozen=True, kw_only=True):
    """How many turns came to what.  Those that the end of the run cut off are `unfinished`."""

    sent: int
    answered: int
    lost: int
    unfinished: int
    interruptions: int
    too_late: int  # interruptions of answers that had been sent as a whole
    underruns: int  # answers of which a piece came too late to be played without a gap
    leaks: int  # answers that went on sounding after speech_started
    leaked_ms: float


class Report(Struct, frozen=True, kw_only=True):
    """Lags are in milliseconds and without the silence that ends a turn."""

    url: str
    plan: Plan
    connected: int
    refused: dict[str, int]
    disconnected: dict[str, int]
    turns: Turns
    connect: Figure | None
    started: Figure | None
    stopped: Figure | None
    first_audio: Figure | None
    sound: Figure | None  # how long answers are
    gap: Figure | None  # the longest of each answer
    real_time_factor: Figure | None  # seconds that a second of sound took, after the first piece
    barge_in: Figure | None
    late: Figure | None  # the generator's own lateness, chunk by chunk
    faults: dict[str, int]
    errors: dict[str, int]
    foreign: int
    cost: Cost
    server_ms: float | None  # CPU for each second of each session
    own_ms: float | None
    rss_per_session_mb: float | None
    course: tuple[Moment, ...]
    void: bool
    stopped_early: bool

    @property
    def is_well(self) -> bool:
        """Whether all were served, every turn in order, and the figures are to be trusted."""
        bad = self.refused or self.disconnected or self.faults or self.errors or self.foreign
        return not (bad or self.turns.lost or self.void) and self.turns.sent > 0


def summed_up(plan: Plan, url: str, run: Run) -> Report:
    """The report of a run."""
    turns = [turn for each in run.conversations for turn in each.turns]
    whole = [turn for turn in turns if not (run.stopped and _is_open(turn, plan))]
    answers = [answer for turn in whole for answer in turn.answers if answer.first is not None]
    lags = [lags_of(turn, plan) for turn in whole]
    return Report(
        url=url,
        plan=plan,
        connected=len(run.conversations),
        refused=dict(run.refused),
        disconnected=dict(run.lost),
        turns=_counted(plan, run, turns, whole),
        connect=Figure.of(1000 * each for each in run.connects_s),
        started=Figure.of(each.started for each in lags),
        stopped=Figure.of(each.stopped for each in lags),
        first_audio=Figure.of(each.first_audio for each in lags),
        sound=Figure.of(each.sound_ms for each in answers),
        gap=Figure.of(1000 * each.gap_s for each in answers),
        real_time_factor=Figure.of(each.real_time_factor for each in answers),
        barge_in=Figure.of(each.barge_in for each in lags),
        late=run.late,
        faults=_tally(fault for turn in whole for fault in faults(turn, plan.listening_only)),
        errors=_tally(code for each in run.conversations for code in each.errors.elements()),
        foreign=run.foreign,
        cost=run.cost,
        server_ms=run.cost.cpu_ms(run.cost.server_cpu_s),
        own_ms=run.cost.cpu_ms(run.cost.own_cpu_s),
        rss_per_session_mb=run.cost.rss_per_session_mb,
        course=tuple(_course(lags, run.began)),
        void=run.late is not None and run.late.p99 > plan.chunk_ms / 2,
        stopped_early=run.stopped,
    )


class Lags(Struct, frozen=True):
    """Of one turn, in ms; `ended` is when its last loud sample was spoken."""

    ended: float
    started: float | None
    stopped: float | None
    first_audio: float | None
    barge_in: float | None


def lags_of(turn: Turn, plan: Plan) -> Lags:
    """How soon the server noticed its beginning and end, answered, and let itself be cut off."""
    silence_ms = plan.silence_ms
    cut = turn.interrupts
    first = turn.answer.first if turn.answer else None
    return Lags(
        turn.ended,
        _ms(turn.began, turn.started),
        _ms(turn.ended, turn.stopped, silence_ms),
        _ms(turn.ended, first, silence_ms),
        None if cut is None or cut.last is None else max(0.0, 1000 * (cut.last - turn.began)),
    )


def _ms(since: float, at: float | None, less_ms: float = 0.0) -> float | None:
    return None if at is None else 1000 * (at - since) - less_ms


def _is_open(turn: Turn, plan: Plan) -> bool:
    return not turn.given_up and not is_answered(turn, plan.listening_only)


def _counted(plan: Plan, run: Run, turns: Sequence[Turn], whole: Sequence[Turn]) -> Turns:
    answered = sum(is_answered(turn, plan.listening_only) for turn in whole)
    answers = [answer for turn in whole for answer in turn.answers]
    return Turns(
        sent=len(turns),
        answered=answered,
        lost=len(whole) - answered,
        unfinished=len(turns) - len(whole),
        interruptions=sum(turn.interrupts is not None for turn in turns),
        too_late=sum(each.too_late for each in run.conversations),
        underruns=sum(1000 * answer.gap_s > JITTER_MS for answer in answers),
        leaks=sum(answer.leaked_ms > 0 for answer in answers),
        leaked_ms=round(sum(answer.leaked_ms for answer in answers), 1),
    )


def _tally(names: Iterable[str]) -> dict[str, int]:
    return dict(Counter(names).most_common())


def _course(lags: Sequence[Lags], began: float) -> Iterable[Moment]:
    """The run in at most so many stretches of whole seconds."""
    if not lags:
        return
    seconds = max(1, ceil((max(each.ended for each in lags) - began) / _MOMENTS))
    stretches: dict[int, list[Lags]] = {}
    for each in lags:
        stretches.setdefault(floor((each.ended - began) / seconds), []).append(each)
    for number, within in sorted(stretches.items()):
        yield Moment(
            number * seconds,
            len(within),
            _middle_and_most(each.stopped for each in within),
            _middle_and_most(each.first_audio for each in within),
        )


def _middle_and_most(values: Iterable[float | None]) -> tuple[float, float] | None:
    known = [value for value in values if value is not None]
    return (round(median(known), 1), round(max(known), 1)) if known else None
