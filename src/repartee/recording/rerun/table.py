"""A comparison on a terminal."""

from collections.abc import Iterator

from repartee.recording.rerun.comparison import Comparison, Times, TurnPair, WordErrors

_TITLES = {
    "stopped": "turn ended",
    "transcribed": "last word",
    "text": "first text",
    "sent": "first sound",
    "done": "whole",
}
_COLUMN = 15
_NOTHING = "-"


def table(comparison: Comparison) -> str:
    """Then and now, a line for each turn, in ms since the end of speech or the request."""
    return "\n".join(_lines(comparison))


def _lines(comparison: Comparison) -> Iterator[str]:
    yield comparison.file
    yield f"  then  {_engines(comparison.engines_then)}"
    yield f"  now   {_engines(comparison.engines_now)}"
    yield ""
    shown = [stage for stage in _TITLES if not comparison.fast]
    titles = "".join(f"{_TITLES[stage]:>{_COLUMN}}" for stage in shown)
    yield f"  {'turn':<12}{'word errors':>13}{titles}"
    for pair in comparison.turns:
        yield f"  {_name(pair):<12}{_errors(pair.words):>13}{_cells(pair.times, shown)}".rstrip()
    if comparison.medians:
        cells = _cells(comparison.medians, shown)
        yield f"  {'all, median':<12}{_errors(comparison.words):>13}{cells}"
    elif comparison.fast:
        yield f"  {'all':<12}{_errors(comparison.words):>13}"
        yield "  (in haste: what took how long cannot be compared)"
    yield from _understood(comparison)
    for note in comparison.notes:
        yield f"  note: {note}"


def _engines(engines: dict[str, str]) -> str:
    return ", ".join(f"{role} {name}" for role, name in engines.items())


def _name(pair: TurnPair) -> str:
    if pair.now is None:
        return f"{pair.then} missing"
    return f"{pair.then} {pair.kind}" if pair.then is not None else f"- {pair.kind}"


def _errors(words: WordErrors | None) -> str:
    return f"{words.errors} of {words.words}" if words else _NOTHING


def _cells(times: Times, stages: list[str]) -> str:
    return "".join(f"{_cell(*times.get(stage, (None, None))):>{_COLUMN}}" for stage in stages)


def _cell(then: float | None, now: float | None) -> str:
    if then is None and now is None:
        return _NOTHING
    return " → ".join(_NOTHING if ms is None else f"{ms:.0f}" for ms in (then, now))


def _understood(comparison: Comparison) -> Iterator[str]:
    """What was understood otherwise."""
    for pair in comparison.turns:
        if pair.words is not None and pair.words.errors:
            yield f"  {pair.then} then: {pair.heard_then}"
            yield f"  {pair.then} now:  {pair.heard_now}"
