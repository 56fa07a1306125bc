"""A report as a terminal shows it."""

from collections.abc import Iterator

from repartee.bench.figures import Figure
from repartee.bench.report import Report

_FIGURES = (
    ("connect", "until session.created", "ms"),
    ("started", "speech_started after the first sample of speech", "ms"),
    ("stopped", "speech_stopped after the last, less the silence", "ms"),
    ("first_audio", "voice to voice: first sound of the answer, less the silence", "ms"),
    ("sound", "length of an answer", "ms"),
    ("gap", "longest gap of an answer, played as it comes", "ms"),
    ("real_time_factor", "real-time factor of an answer's sound", ""),
    ("barge_in", "barge-in: new speech to the last sound of the old answer", "ms"),
    ("late", "the generator's own lateness", "ms"),
)
_WIDTH = 61


def table(report: Report) -> str:
    """Everything but the curves."""
    return "\n".join([*_head(report), "", *_rows(report), "", *_counts(report), *_verdict(report)])


def figures(report: Report) -> Iterator[tuple[str, str, Figure]]:
    """What there is of the report's figures: its name for people, its unit, and the figure."""
    for name, said, unit in _FIGURES:
        figure: Figure | None = getattr(report, name)
        if figure is not None:
            yield said, unit, figure


def shown(figure: Figure, unit: str) -> list[str]:
    """Its percentiles and its largest value; factors, which have no unit, with one digit more."""
    digits = 1 if unit else 2
    return [f"{each:.{digits}f}" for each in (figure.p50, figure.p95, figure.p99, figure.max)]


def head(report: Report) -> str:
    """What was run, in one line."""
    plan = report.plan
    what = "listening only" if plan.listening_only else "conversations"
    said = ", ".join(path.name for path in plan.wavs) or "the sentence that comes along"
    number = "1 session" if plan.sessions == 1 else f"{plan.sessions} sessions"
    return (
        f"{number} for {plan.seconds:g} s, {what}, chunks of {plan.chunk_ms} ms, "
        f"dialect {plan.dialect}, silence {plan.silence_ms} ms, saying {said}"
    )


def counts(report: Report) -> Iterator[tuple[str, str]]:
    """What was counted, each with its name."""
    turns, cost = report.turns, report.cost
    yield "sessions", f"{report.connected} of {report.plan.sessions} connected"
    yield (
        "turns",
        (
            f"{turns.sent} said, {turns.answered} answered, {turns.lost} lost"
            + (f", {turns.unfinished} cut off by the end" if turns.unfinished else "")
        ),
    )
    yield "underruns", f"{turns.underruns} answers"
    if turns.interruptions or turns.too_late:
        yield (
            "barge-ins",
            (
                f"{turns.interruptions}, and {turns.too_late} after the whole answer was sent; "
                f"{turns.leaks} answers sounded after speech_started, {turns.leaked_ms:g} ms in all"
            ),
        )
    if report.server_ms is not None:
        yield "server's CPU", _cpu(report.server_ms, cost.server_cpu_s, cost.seconds)
    if report.rss_per_session_mb is not None:
        yield (
            "server's memory",
            (
                f"{cost.rss_before_mb:.1f} MB before, {cost.rss_after_mb:.1f} MB after: "
                f"{report.rss_per_session_mb:.3f} MB a session"
            ),
        )
    if report.own_ms is not None:
        yield "generator's CPU", _cpu(report.own_ms, cost.own_cpu_s, cost.seconds)


def complaints(report: Report) -> Iterator[str]:
    """What went wrong, a line each."""
    for what, found in (
        ("not connected", report.refused),
        ("disconnected", report.disconnected),
        ("out of order", report.faults),
        ("error", report.errors),
    ):
        yield from (f"{what}: {count} x {name}" for name, count in found.items())
    if report.foreign:
        yield f"no event: {report.foreign} messages"
    if not report.turns.sent:
        yield "not one turn was said"
    if report.void and report.late is not None:
        yield (
            f"VOID: the generator was {report.late.p99:.1f} ms late at the 99th percentile, "
            f"more than half a chunk: these figures are not the server's"
        )


def _head(report: Report) -> list[str]:
    return [report.url, head(report) + (" (ended early)" if report.stopped_early else "")]


def _rows(report: Report) -> Iterator[str]:
    titles = "".join(f"{title:>9}" for title in ("p50", "p95", "p99", "max"))
    yield f"{'':{_WIDTH}}{'count':>7}{titles}"
    for said, unit, each in figures(report):
        values = "".join(f"{value:>9}" for value in shown(each, unit))
        yield f"{said:{_WIDTH}}{each.count:7}{values} {unit}".rstrip()


def _counts(report: Report) -> Iterator[str]:
    for name, said in counts(report):
        yield f"{name:<17}{said}"


def _verdict(report: Report) -> Iterator[str]:
    yield from complaints(report)
    yield "all well" if report.is_well else "NOT WELL"


def _cpu(ms: float, cpu_s: float | None, seconds: float) -> str:
    core = (cpu_s or 0) / seconds if seconds else 0.0
    return f"{ms:.2f} ms for each second of each session, {core:.2f} of a core"
