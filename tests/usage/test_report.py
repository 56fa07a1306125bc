"""Sums of usage, as lines and as a table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from repartee.settings import SettingsError
from repartee.usage.record import DAY_S
from repartee.usage.report import Span, sums, table
from repartee.usage.store import Store
from usage.made import DAY, heard, record

NIGHT = float(DAY * DAY_S)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Two keys, two days."""
    written = tmp_path / "repartee.db"
    with closing(Store(written)) as store:
        store.add(
            [
                record(1, time=NIGHT - 1, input_audio_tokens=4, cached_text_tokens=1),
                record(2, time=NIGHT, output_audio_tokens=9, model="mini"),
                heard(3, 1.25, time=NIGHT + 1, session_id="sess_2"),
                heard(4, 0.25, time=NIGHT + DAY_S - 1, key_id=None, session_id="sess_2"),
            ]
        )
    return written


def told(lines: list[dict[str, Any]], *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line[name] for name in names) for line in lines]


def test_everything(file: Path) -> None:
    assert sums(file) == [
        {
            "responses": 2,
            "transcriptions": 2,
            "audio_s": 1.5,
            "input_text_tokens": 4,
            "input_audio_tokens": 4,
            "cached_tokens": 1,
            "output_text_tokens": 6,
            "output_audio_tokens": 9,
        }
    ]


@pytest.mark.parametrize(
    ("by", "lines"),
    [
        (["key"], [(None, 0, 0.25), ("key_1", 2, 1.25)]),
        (["day"], [("2024-10-03", 1, 0.0), ("2024-10-04", 1, 1.5)]),
        (["model"], [(None, 0, 1.5), ("gpt-realtime", 1, 0.0), ("mini", 1, 0.0)]),
        (["session"], [("sess_1", 2, 0.0), ("sess_2", 0, 1.5)]),
        (
            ["key", "day"],
            [
                (None, "2024-10-04", 0, 0.25),
                ("key_1", "2024-10-03", 1, 0.0),
                ("key_1", "2024-10-04", 1, 1.25),
            ],
        ),
    ],
)
def test_by_what_is_asked_for(file: Path, by: list[str], lines: list[Any]) -> None:
    assert told(sums(file, by), *by, "responses", "audio_s") == lines


@pytest.mark.parametrize(
    ("span", "responses", "transcriptions"),
    [
        (Span(since=date(2024, 10, 4)), 1, 2),
        (Span(until=date(2024, 10, 3)), 1, 0),
        (Span(date(2024, 10, 3), date(2024, 10, 4)), 2, 2),
        (Span(date(2024, 10, 5)), 0, 0),
    ],
)
def test_days_are_those_of_utc_and_both_ends_count(
    file: Path, span: Span, responses: int, transcriptions: int
) -> None:
    lines = sums(file, span=span)
    assert told(lines, "responses", "transcriptions") == [(responses, transcriptions)]


@pytest.fixture
def writing(file: Path) -> Iterator[Store]:
    """A server that is in the middle of a transaction."""
    with closing(Store(file)) as store:
        store._connection.execute("BEGIN IMMEDIATE")
        yield store


def test_while_a_server_writes(file: Path, writing: Store) -> None:
    assert told(sums(file), "responses") == [(2,)]


def test_a_table(file: Path) -> None:
    assert table(sums(file, ["key", "day"]), ["key", "day"]).splitlines() == [
        "KEY    DAY         RESPONSES  TRANSCRIPTIONS  AUDIO S  TEXT IN  AUDIO IN  CACHED  TEXT OUT"
        "  AUDIO OUT",
        "-      2024-10-04          0               1      0.2        0         0       0         0"
        "          0",
        "key_1  2024-10-03          1               0      0.0        2         4       1         3"
        "          0",
        "key_1  2024-10-04          1               1      1.2        2         0       0         3"
        "          9",
    ]


def test_a_table_of_nothing(file: Path) -> None:
    nothing = sums(file, ["key"], Span(date(2030, 1, 1)))
    assert table(nothing, ["key"]).split()[:2] == ["KEY", "RESPONSES"]


def test_where_nothing_is_recorded_that_is_told(tmp_path: Path) -> None:
    file = tmp_path / "repartee.db"
    with pytest.raises(SettingsError, match="no usage is recorded: there is no "):
        sums(file)
    with closing(sqlite3.connect(file)) as other:
        other.execute("CREATE TABLE api_keys (id TEXT)")
    with pytest.raises(SettingsError, match=r"no usage is recorded in .* yet"):
        sums(file)
    file.write_text("no database" * 1000)
    with pytest.raises(SettingsError, match=r"usage cannot be read from .*not a database"):
        sums(file)
