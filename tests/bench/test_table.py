"""A report as a terminal shows it."""

from collections import Counter

from bench.made import reported
from bench.test_report import turn
from repartee.bench.figures import Figure
from repartee.bench.plan import Plan
from repartee.bench.table import table


def test_it_tells_what_was_run_and_what_came_of_it() -> None:
    told = table(reported(turn(), plan=Plan(sessions=1, seconds=60)))
    assert "1 session for 60 s, conversations, chunks of 20 ms, dialect ga" in told
    assert "turns            1 said, 1 answered, 0 lost" in told
    assert "2.00 ms for each second of each session, 0.00 of a core" in told
    assert "0.500 MB a session" in told
    (row,) = (line for line in told.splitlines() if line.startswith("speech_stopped"))
    assert row.split()[-6:] == ["1", "80.0", "80.0", "80.0", "80.0", "ms"]
    assert told.endswith("all well")


def test_it_tells_what_went_wrong() -> None:
    told = table(
        reported(
            turn(),
            refused=Counter({"handshake answered 503": 2}),
            foreign=1,
            late=Figure.of([11.0]),
        )
    )
    assert "not connected: 2 x handshake answered 503" in told
    assert "no event: 1 messages" in told
    assert "VOID: the generator was 11.0 ms late" in told
    assert told.endswith("NOT WELL")


def test_where_nothing_was_said_there_are_no_rows_for_it() -> None:
    told = table(reported())
    assert "speech_stopped" not in told
    assert "not one turn was said" in told
