"""A recorded session on a terminal: at a glance, and a waterfall for each turn.

A waterfall begins where its turn's times do, at the end of the user's speech or at what else asked
for the answer.  Light is waiting, dark is work.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple

from repartee.recording.inspection.turns import Inspection, Kind, Moments, Turn

NARROWEST = 60
_LABEL, _FIGURES = 8, 36
_WAIT, _WORK, _POINT, _BEYOND = "░", "█", "◆", "→"

_TITLES: dict[Kind, str] = {
    "spoken": "spoken",
    "pushed": "pushed to talk",
    "idle": "after a silence",
    "asked": "asked for",
    "continued": "after a function's answer",
    "aside": "out of band",
    "server": "by the server",
}
_STAGES = {
    "stopped": "turn ended",
    "transcribed": "last word",
    "text": "first text",
    "sound": "first sound",
    "sent": "first sent",
    "done": "done",
}


class Row(NamedTuple):
    """One line: waiting from `waits` on, work from `begins` to `ends`, and what to say of it."""

    label: str
    waits: float
    begins: float
    ends: float
    figures: str


def session(inspection: Inspection, width: int) -> str:
    """All of it, no wider than `width` if that is 60 columns at least."""
    width = max(NARROWEST, width)
    parts = ["\n".join(glance(inspection))]
    parts += ["\n".join(turn(each, width)) for each in inspection.turns]
    if inspection.spreads:
        parts.append("\n".join(percentiles(inspection)))
    if inspection.faults:
        parts.append("\n".join(["Faults", *_faults(inspection)]))
    return "\n\n".join(parts)


def glance(inspection: Inspection) -> Iterator[str]:
    """What the session was."""
    began = datetime.fromtimestamp(inspection.began, UTC)
    tokens, engines = inspection.tokens, inspection.engines.items()
    cut = sum(turn.interruption is not None for turn in inspection.turns)
    yield f"{inspection.session}  {began:%Y-%m-%d %H:%M:%S} UTC  repartee {inspection.version}"
    yield (
        f"  {inspection.model or 'transcription'}, {inspection.dialect} over "
        f"{inspection.transport}; " + ", ".join(f"{role} {name}" for role, name in engines)
    )
    yield (
        f"  {_clock(inspection.duration_s)} long: {inspection.user_s:.1f} s of the user's sound, "
        f"{inspection.agent_s:.1f} s of the agent's"
    )
    yield (
        f"  {_count(len(inspection.turns), 'turn')}, {cut} interrupted, "
        f"{_count(len(inspection.faults), 'fault')}; {tokens.input} tokens read "
        f"({tokens.cached} cached), {tokens.output} written"
    )
    if inspection.note:
        yield f"  NOTE: {inspection.note}"
    elif not inspection.complete:
        yield "  NOTE: the recording ends before the session did"


def turn(turn: Turn, width: int) -> Iterator[str]:
    """One turn's waterfall."""
    yield _head(turn)
    if turn.heard:
        yield f"    user   {_quote(turn.heard, width - 11)}"
    if turn.said:
        yield f"    agent  {_quote(turn.said, width - 11)}"
    rows = list(_rows(turn))
    columns = width - _LABEL - _FIGURES - 6
    scale = _scale(turn.moments) / columns
    for row in rows:
        yield f"    {row.label:<{_LABEL}}{_bar(row, scale, columns)}  {row.figures}".rstrip()
    yield from _tools(turn)
    yield from _notes(turn)


def _head(turn: Turn) -> str:
    spoken = f", {(turn.speech_ms[1] - turn.speech_ms[0]) / 1000:.1f} s" if turn.speech_ms else ""
    status = f"  {turn.status}" if turn.status not in (None, "completed") else ""
    return f"{turn.number:>3} {_clock(turn.begun_s)}  {_TITLES[turn.kind]}{spoken}{status}"


def _rows(turn: Turn) -> Iterator[Row]:
    at = turn.moments
    if at.stopped is not None:
        yield Row("turn", 0, at.stopped, at.stopped, f"{at.stopped:.0f}  {_detection(turn)}")
    if at.transcribed is not None:
        begins = at.partial if at.partial is not None else at.transcribed
        first = f"first {at.partial:.0f}, " if at.partial is not None else ""
        yield Row("ears", 0, begins, at.transcribed, f"{first}final {at.transcribed:.0f}")
    if at.asked is not None and at.text is not None:
        early = "early, " if turn.early else ""
        ends = at.text if at.text_end is None else at.text_end
        figures = f"{early}asked {at.asked:.0f}, {at.text:.0f} to {ends:.0f}"
        yield Row("mind", at.asked, at.text, ends, figures)
    if at.sound is not None:
        waits = at.sound if at.text is None else at.text
        ends = at.sound if at.sound_end is None else at.sound_end
        yield Row("voice", waits, at.sound, ends, f"{at.sound:.0f} to {ends:.0f}")
    if at.sent is not None:
        yield Row("sent", at.sent, at.sent, at.sent, f"{at.sent:.0f}")
    if at.played is not None and at.silent is not None:
        yield Row("heard", at.played, at.played, at.silent, f"{at.played:.0f} to {at.silent:.0f}")


def _detection(turn: Turn) -> str:
    told = [each for each in turn.judgements if each.told is not None]
    if told:
        return f"{turn.detection}: {told[-1].finished:.2f} at {told[-1].told:.0f}"
    return f"{turn.detection}, {turn.silence_ms} ms" if turn.silence_ms else str(turn.detection)


def _tools(turn: Turn) -> Iterator[str]:
    for call in turn.tools:
        answered = "no output" if call.output is None else f"output {call.output:.0f}"
        yield f"    tool    {call.name}: called {call.called:.0f}, {answered}"


def _notes(turn: Turn) -> Iterator[str]:
    if cut := turn.interruption:
        heard = f"{cut.heard_ms:.0f} of it were heard"
        if cut.truncated:
            heard = f"truncated to {cut.heard_ms:.0f}"
        yield f"    cut     by {cut.by} at {cut.at:.0f}, {heard}"
    if turn.early_dropped:
        yield f"    note    {_count(turn.early_dropped, 'early reply', 'early replies')} in vain"
    for fault in turn.faults:
        yield f"    fault   {fault.code}: {fault.message}"


def _scale(at: Moments) -> float:
    """How many ms the bars are wide: the way to the answer and a little more, or all work on it."""
    work = max(at.stopped or 0, at.transcribed or 0, at.text_end or 0, at.sound_end or 0)
    if at.sent is None:
        return max(1.0, work)
    return max(1.0, 1.15 * at.sent, min(work, 3 * at.sent))


def _bar(row: Row, scale: float, columns: int) -> str:
    """The line as cells of `scale` ms."""
    waits, begins, ends = (
        min(columns, max(0, round(ms / scale))) for ms in (row.waits, row.begins, row.ends)
    )
    if row.waits == row.ends:
        return (" " * min(begins, columns - 1) + _POINT).ljust(columns)
    begins = min(begins, columns - 1)
    cells = " " * waits + _WAIT * (begins - waits) + _WORK * max(1, ends - begins)
    return (cells[: columns - 1] + _BEYOND if row.ends > scale * columns * 1.001 else cells).ljust(
        columns
    )


def percentiles(inspection: Inspection) -> Iterator[str]:
    """How long the stages took, over all turns of a kind."""
    for kind, stages in inspection.spreads.items():
        title = _TITLES[kind].capitalize()
        yield f"{title:<26}{'turns':>7}{'median':>9}{'90 %':>9}{'most':>9}  (ms)"
        for stage, spread in stages.items():
            yield (
                f"  {_STAGES[stage]:<24}{spread.count:>7}{spread.median:>9.0f}{spread.p90:>9.0f}"
                f"{spread.most:>9.0f}"
            )


def _faults(inspection: Inspection) -> Iterator[str]:
    for fault in inspection.faults:
        turn = f"  turn {fault.turn}" if fault.turn else ""
        yield f"  {_clock(fault.at_s)}{turn}  {fault.code}: {fault.message}"


def _quote(text: str, room: int) -> str:
    text = " ".join(text.split())
    return f"“{text}”" if len(text) <= room - 2 else f"“{text[: room - 3]}…”"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes:.0f}:{rest:06.3f}"


def _count(count: int, one: str, many: str | None = None) -> str:
    return f"{count} {one if count == 1 else many or one + 's'}"
