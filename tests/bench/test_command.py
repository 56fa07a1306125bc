"""`repartee bench`, from its arguments to what it prints, writes and answers."""

import argparse
import asyncio
import json
import os
import resource
import signal
from pathlib import Path
from typing import Any

import pytest

from bench.made import reported
from bench.test_report import turn
from repartee.bench import BenchError, command
from repartee.bench.arguments import add_arguments
from repartee.bench.plan import Plan
from repartee.bench.report import Report
from repartee.transports.client import Place


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_arguments(parser)
    return parser.parse_args(["http://h/v1", *words])


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Plan, Place]]:
    """The loads that were asked for; more than two sessions are too many."""
    loads: list[tuple[Plan, Place]] = []

    async def measure(plan: Plan, place: Place, *, stop: asyncio.Event) -> Report:
        loads.append((plan, place))
        return reported(turn(), plan=plan, foreign=int(plan.sessions > 2))

    monkeypatch.setattr(command, "measure", measure)
    return loads


def test_the_plan_is_what_the_arguments_say() -> None:
    plan = command.plan_of(
        parsed(
            *("--sessions", "7", "--seconds", "60", "--chunk-ms", "100", "--silence-ms", "300"),
            *("--barge-in", "3", "--patience", "5", "--wav", "a.wav", "--pid", "4", "--turns", "2"),
            *("--dialect", "beta", "--listening-only"),
        )
    )
    assert plan == Plan(
        sessions=7,
        seconds=60.0,
        turns=2,
        chunk_ms=100,
        silence_ms=300,
        patience_s=5.0,
        barge_in=3,
        listening_only=True,
        dialect="beta",
        wavs=(Path("a.wav"),),
        pids=(4,),
    )


def test_without_arguments_the_plan_is_the_usual_one() -> None:
    assert command.plan_of(parsed()) == Plan()


def test_a_plan_that_cannot_be_is_told() -> None:
    with pytest.raises(BenchError, match="<= 1000"):
        command.plan_of(parsed("--chunk-ms", "2000"))


def test_the_key_comes_from_the_environment(
    asked: list[tuple[Plan, Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MINE", "secret")
    command.run(parsed("--api-key-env", "MINE", "--model", "m"))
    ((_, place),) = asked
    assert (place.url, place.model, place.key) == ("http://h/v1", "m", "secret")


@pytest.mark.parametrize(("sessions", "status"), [(1, 0), (3, 1)])
def test_all_that_is_not_well_is_an_error(
    asked: list[tuple[Plan, Place]],
    capsys: pytest.CaptureFixture[str],
    sessions: int,
    status: int,
) -> None:
    assert command.run(parsed("--sessions", str(sessions))) == status
    assert capsys.readouterr().out.endswith("all well\n" if status == 0 else "NOT WELL\n")


def test_it_is_written_for_programs_and_for_browsers(
    asked: list[tuple[Plan, Place]], tmp_path: Path
) -> None:
    files = tmp_path / "a.json", tmp_path / "a.html"
    command.run(parsed("--json", str(files[0]), "--html", str(files[1]), "--wav", "a.wav"))
    told: dict[str, Any] = json.loads(files[0].read_text())
    assert told["stopped"]["p50"] == 80
    assert told["plan"]["wavs"] == ["a.wav"]
    assert files[1].read_text().startswith("<!doctype html>")


def test_where_it_cannot_be_written_nothing_is_run(
    asked: list[tuple[Plan, Place]], tmp_path: Path
) -> None:
    with pytest.raises(BenchError, match="no such folder"):
        command.run(parsed("--html", str(tmp_path / "none" / "a.html")))
    assert not asked


def test_the_search_tells_each_step_and_what_it_found(
    asked: list[tuple[Plan, Place]], capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "a.json"
    assert command.run(parsed("--find-capacity", "--json", str(file))) == 0
    told = capsys.readouterr().out
    assert "http://h/v1 carries 2 sessions\n" in told
    assert "too many: messages that are no events" in told
    assert [plan.sessions for plan, _ in asked] == [1, 2, 4, 4, 3, 3]
    found = json.loads(file.read_text())
    assert (found["sessions"], len(found["steps"])) == (2, 4)


def test_a_search_that_finds_the_limit_of_what_it_may_says_so(
    asked: list[tuple[Plan, Place]], capsys: pytest.CaptureFixture[str]
) -> None:
    command.run(parsed("--find-capacity", "--most", "2"))
    assert "carries 2 sessions (and was not asked for more)" in capsys.readouterr().out


def test_as_many_files_may_be_open_as_there_are_sessions(
    asked: list[tuple[Plan, Place]], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = [(1024, 4096)]
    monkeypatch.setattr(resource, "getrlimit", lambda which: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda which, both: limits.append(both))
    for sessions in ("500", "2000", "9000", "100"):
        command.run(parsed("--sessions", sessions))
    assert limits == [(1024, 4096), (2100, 4096), (4096, 4096)]


def test_an_interrupt_ends_it_with_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def measure(plan: Plan, place: Place, *, stop: asyncio.Event) -> Report:
        os.kill(os.getpid(), signal.SIGINT)
        await stop.wait()
        return reported(turn(), plan=plan, stopped=True)

    monkeypatch.setattr(command, "measure", measure)
    assert command.run(parsed()) == 0
    assert "(ended early)" in capsys.readouterr().out
