"""A report as a page: one small file with plots, without scripts, fonts or a network."""

from collections.abc import Iterator
from html import escape
from importlib.resources import files

from repartee.bench.capacity import Capacity
from repartee.bench.figures import Figure
from repartee.bench.plots import Line, plot
from repartee.bench.report import Moment, Report
from repartee.bench.table import complaints, counts, figures, head, shown


def page(report: Report, capacity: Capacity | None = None) -> str:
    """HTML that stands alone; it follows the reader's light or dark scheme."""
    style = (files("repartee.bench") / "page.css").read_text("utf-8")
    verdict = "all well" if report.is_well else "not well"
    return "\n".join(
        [
            '<!doctype html><html lang="en"><meta charset="utf-8">',
            '<meta name="viewport" content="width=device-width">',
            f"<title>repartee bench: {escape(report.url)}</title><style>\n{style}</style>",
            f"<h1>{escape(report.url)}</h1><p>{escape(head(report))}</p>",
            f'<p class="{"well" if report.is_well else "bad"}">{verdict}</p>',
            *_complaints(report),
            *(_capacity(capacity) if capacity else ()),
            *_counts(report),
            *_figures(report),
            *_plots(report),
            "</html>\n",
        ]
    )


def _complaints(report: Report) -> Iterator[str]:
    said = [*complaints(report)]
    if said:
        yield "<ul>" + "".join(f"<li>{escape(line)}</li>" for line in said) + "</ul>"


def _counts(report: Report) -> Iterator[str]:
    yield "<table>"
    for name, said in counts(report):
        yield f"<tr><th>{escape(name)}</th><td>{escape(said)}</td></tr>"
    yield "</table>"


def _figures(report: Report) -> Iterator[str]:
    yield '<table class="figures"><tr><th></th>'
    yield "".join(f"<th>{title}</th>" for title in ("count", "p50", "p95", "p99", "max")) + "</tr>"
    for said, unit, each in figures(report):
        cells = "".join(f"<td>{value}</td>" for value in shown(each, unit))
        name = f"{said}, {unit}" if unit else said
        yield f"<tr><th>{escape(name)}</th><td>{each.count}</td>{cells}</tr>"
    yield "</table>"


def _plots(report: Report) -> Iterator[str]:
    named = (
        ("speech_started", report.started),
        ("speech_stopped", report.stopped),
        ("voice to voice", report.first_audio),
        ("barge-in", report.barge_in),
    )
    curves = [_curve(name, figure, place) for place, (name, figure) in enumerate(named) if figure]
    yield from _plot("How many turns had at most this lag", curves, "ms", "% of turns")
    course = [
        *_course("speech_stopped", 1, [(each, each.stopped) for each in report.course]),
        *_course("voice to voice", 2, [(each, each.first_audio) for each in report.course]),
    ]
    title = "In the course of the run: median (line) and largest (dots)"
    yield from _plot(title, course, "seconds since all were connected", "ms")
    if report.late:
        late = [_curve("lateness", report.late, 0)]
        yield from _plot("How late the generator itself was", late, "ms", "% of chunks")


def _plot(title: str, lines: list[Line], across: str, up: str) -> Iterator[str]:
    if drawn := plot(lines, across, up):
        names = dict.fromkeys((line.name, line.colour) for line in lines)
        keys = "".join(f'<span class="c{colour}">{escape(name)}</span>' for name, colour in names)
        yield f"<figure><figcaption>{title}<br>{keys}</figcaption>{drawn}</figure>"


def _curve(name: str, figure: Figure, colour: int) -> Line:
    return Line(name, [(value, percent) for percent, value in enumerate(figure.curve)], colour)


def _course(
    name: str, colour: int, lags: list[tuple[Moment, tuple[float, float] | None]]
) -> Iterator[Line]:
    known = [(moment.at_s, *lag) for moment, lag in lags if lag is not None]
    if known:
        yield Line(name, [(at, middle) for at, middle, _ in known], colour)
        yield Line(name, [(at, most) for at, _, most in known], colour, dotted=True)


def _capacity(capacity: Capacity) -> Iterator[str]:
    yield f"<h2>Sessions that are served as well as one: {capacity.sessions}</h2>"
    yield "<p>What follows is the largest run that held, or the last. The limit: all well, no gap,"
    yield f"and speech_stopped at most {capacity.limit_ms:g} ms later than with one.</p>"
    yield "<table><tr><th>sessions</th><th>turns</th><th>speech_stopped p99</th><th></th></tr>"
    for step in capacity.steps:
        lag = "-" if step.stopped_p99 is None else f"{step.stopped_p99:.1f} ms"
        yield f"<tr><td>{step.sessions}</td><td>{step.turns}</td><td>{lag}</td>"
        yield f"<td>{escape(step.failed) or 'held'}</td></tr>"
    yield "</table>"
