"""Sums of usage: read from the database, also while a server writes it."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from repartee.settings import SettingsError

# What a line is of; days are those of UTC.
_GROUPS = {
    "key": "key_id",
    "day": "date(time, 'unixepoch')",
    "model": "model",
    "session": "session_id",
}
_SUMS = {
    "responses": "total(kind = 'response')",
    "transcriptions": "total(kind = 'transcription')",
    "audio_s": "total(audio_s)",
    "input_text_tokens": "total(input_text_tokens)",
    "input_audio_tokens": "total(input_audio_tokens)",
    "cached_tokens": "total(cached_text_tokens + cached_audio_tokens)",
    "output_text_tokens": "total(output_text_tokens)",
    "output_audio_tokens": "total(output_audio_tokens)",
}
_HEADS = {
    "responses": "RESPONSES",
    "transcriptions": "TRANSCRIPTIONS",
    "audio_s": "AUDIO S",
    "input_text_tokens": "TEXT IN",
    "input_audio_tokens": "AUDIO IN",
    "cached_tokens": "CACHED",
    "output_text_tokens": "TEXT OUT",
    "output_audio_tokens": "AUDIO OUT",
}


class Span(NamedTuple):
    """Days in UTC, the first and the last included; None: no bound."""

    since: date | None = None
    until: date | None = None


ALWAYS = Span()


def sums(file: Path, by: Sequence[str] = (), span: Span = ALWAYS) -> list[dict[str, Any]]:
    """A line for each group in `by`, with all that was used.  Raises SettingsError."""
    if not file.exists():
        raise SettingsError(f"no usage is recorded: there is no {file}")
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as opened:
            if not opened.execute("SELECT 1 FROM sqlite_schema WHERE name = 'usage'").fetchall():
                raise SettingsError(f"no usage is recorded in {file} yet")
            lines = opened.execute(_query(by, span), [*_bounds(span)]).fetchall()
    except sqlite3.Error as error:
        raise SettingsError(f"usage cannot be read from {file}: {error}") from None
    names = (*by, *_SUMS)
    return [
        {
            name: value if name in by else _number(name, value)
            for name, value in zip(names, line, strict=True)
        }
        for line in lines
    ]


def table(lines: Sequence[dict[str, Any]], by: Sequence[str]) -> str:
    """The same for people; numbers are on the right."""
    heads = (*(name.upper() for name in by), *_HEADS.values())
    cells = [heads, *(tuple(_cell(value) for value in line.values()) for line in lines)]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(
            cell.ljust(width) if column < len(by) else cell.rjust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in cells
    )


def _query(by: Sequence[str], span: Span) -> str:
    groups = [_GROUPS[name] for name in by]
    asked = f"SELECT {', '.join([*groups, *_SUMS.values()])} FROM usage"
    if conditions := [*_conditions(span)]:
        asked += f" WHERE {' AND '.join(conditions)}"
    if groups:
        places = ", ".join(str(place) for place in range(1, len(groups) + 1))
        asked += f" GROUP BY {places} ORDER BY {places}"
    return asked


def _conditions(span: Span) -> Iterator[str]:
    if span.since is not None:
        yield "time >= ?"
    if span.until is not None:
        yield "time < ?"


def _bounds(span: Span) -> Iterator[float]:
    if span.since is not None:
        yield _midnight(span.since)
    if span.until is not None:
        yield _midnight(span.until + timedelta(days=1))


def _midnight(day: date) -> float:
    return datetime.combine(day, time(), UTC).timestamp()


def _number(name: str, value: float) -> float:
    return round(value, 3) if name == "audio_s" else int(value)


def _cell(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.1f}" if isinstance(value, float) else str(value)
