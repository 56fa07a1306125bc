"""`repartee bench` against a server with the preset `bench`, over sockets."""

import asyncio
from pathlib import Path

import pytest

from live.server import serving
from repartee.bench.load import measure
from repartee.bench.plan import Dialect, Plan
from repartee.transports.client import Place

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_turns_are_answered_with_two_seconds_of_sound(tmp_path: Path, dialect: Dialect) -> None:
    with serving(tmp_path, "--preset", "bench") as server:
        plan = Plan(sessions=3, seconds=60, turns=2, dialect=dialect, pids=(server.pid,))
        report = asyncio.run(measure(plan, Place(server.url)))
    assert report.connected == 3
    assert (report.turns.sent, report.turns.answered) == (6, 6)
    assert (report.faults, report.errors, report.foreign) == ({}, {}, 0)
    assert report.sound is not None
    assert (report.sound.count, report.sound.curve[0], report.sound.max) == (6, 2000, 2000)
    assert report.server_ms is not None
    assert report.server_ms > 0


def test_an_answer_as_fast_as_speech_can_be_spoken_into(tmp_path: Path) -> None:
    with serving(tmp_path, "--preset", "bench", "--set", "voice.realtime=true") as server:
        plan = Plan(sessions=2, seconds=60, turns=3, barge_in=2)
        report = asyncio.run(measure(plan, Place(server.url)))
    assert (report.faults, report.errors, report.foreign) == ({}, {}, 0)
    assert (report.turns.answered, report.turns.interruptions) == (6, 2)
    assert report.turns.leaks == 0
    assert report.barge_in is not None
