"""A load against a toy server in virtual time: what is measured is what was done."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

import virtual_time
from bench.made import wav
from bench.toy import PIECE, Toy
from repartee.bench import BenchError, processes
from repartee.bench.load import measure
from repartee.bench.plan import Plan
from repartee.bench.processes import Reading
from repartee.bench.report import Report
from repartee.transports.client import Place, Unreachable

# Speech fills whole chunks, so that the toy, which hears chunks, knows where it ends.
SPEECH = ((100, 0.0), (400, 0.3), (100, 0.0))


@pytest.fixture
def speech(tmp_path: Path) -> Path:
    return wav(tmp_path / "speech.wav", *SPEECH)


def had(toy: Toy, speech: Path, stop_after_s: float | None = None, **plan: Any) -> Report:
    """The report of a load in virtual time."""

    async def run() -> Report:
        loop = asyncio.get_running_loop()
        stop = asyncio.Event()
        if stop_after_s is not None:
            loop.call_later(stop_after_s, stop.set)
        asked = Plan(wavs=(speech,), **plan)
        return await measure(asked, Place(), open_line=toy, clock=loop.time, stop=stop)

    return virtual_time.run(run())


@pytest.mark.parametrize("sessions", [1, 7])
@pytest.mark.parametrize("delay_ms", [0, 200])
def test_a_delay_is_seen_as_what_it_is(speech: Path, sessions: int, delay_ms: int) -> None:
    report = had(Toy(delay_ms / 1000), speech, sessions=sessions, seconds=20)
    assert report.is_well
    assert report.turns.sent >= 5 * sessions
    for figure in (report.stopped, report.first_audio):
        assert figure is not None
        assert figure.curve[0] == pytest.approx(delay_ms, abs=2)
        assert figure.max == pytest.approx(delay_ms, abs=2)
    assert report.started is not None
    # The toy hears the first chunk of speech when it is complete.
    assert report.started.p50 == pytest.approx(delay_ms + 20, abs=2)
    assert report.connect is not None
    assert report.connect.p50 == pytest.approx(10, abs=1)


def test_chunks_of_another_length_change_nothing(speech: Path) -> None:
    report = had(Toy(0.2), speech, chunk_ms=100, seconds=10)
    assert report.stopped is not None
    assert report.stopped.p50 == pytest.approx(200, abs=2)


def test_sound_that_comes_too_late_to_be_played_is_an_underrun(speech: Path) -> None:
    in_time = [(0.0, 200.0), (0.15, 200.0), (0.4, 200.0)]
    late = [(0.0, 200.0), (0.35, 200.0)]
    assert had(Toy(pieces=in_time), speech, seconds=5).turns.underruns == 0
    report = had(Toy(pieces=late), speech, seconds=5)
    assert report.turns.underruns == report.turns.sent > 0
    assert report.gap is not None
    assert report.gap.p50 == pytest.approx(150, abs=1)


def test_an_answer_is_spoken_into_and_stops(speech: Path) -> None:
    talkative = [(0.1 * piece, 100.0) for piece in range(30)]
    report = had(Toy(0.05, talkative), speech, seconds=20, barge_in=2)
    assert report.is_well
    assert report.turns.interruptions >= 2
    assert report.turns.leaks == 0
    assert report.barge_in is not None
    # Heard when its first chunk is complete, and 50 ms later; pieces come every 100 ms.
    assert report.barge_in.max <= 20 + 50 + 2


def test_an_answer_sent_at_once_cannot_be_stopped(speech: Path) -> None:
    report = had(Toy(pieces=[(0.0, 2000.0)]), speech, seconds=10, barge_in=1)
    assert report.turns.interruptions == 0
    assert report.turns.too_late > 1


def test_a_turn_that_gets_no_answer_is_lost(speech: Path) -> None:
    report = had(Toy(unsaid=["response.done"]), speech, seconds=10, patience_s=1)
    assert report.turns.lost == report.turns.sent > 1
    assert report.faults == {"response.done missing": report.turns.sent}
    assert not report.is_well


def test_who_only_listens_owes_no_answer(speech: Path) -> None:
    toy = Toy()
    report = had(toy, speech, seconds=10, listening_only=True)
    assert report.is_well
    assert report.turns.answered == report.turns.sent > 3
    assert report.first_audio is None


def test_turns_are_bounded(speech: Path) -> None:
    report = had(Toy(), speech, sessions=3, seconds=600, turns=2)
    assert report.turns.sent == 6
    assert report.cost.seconds < 20  # nobody waits for time that has nothing left in it


def test_who_stops_it_gets_what_there_is(speech: Path) -> None:
    report = had(Toy(0.2), speech, stop_after_s=6.5, sessions=5, seconds=600)
    assert report.stopped_early
    assert report.turns.answered > 0
    assert report.turns.lost == 0
    assert report.turns.unfinished > 0


def test_who_stops_it_need_not_wait_for_a_server_that_does_not_answer(speech: Path) -> None:
    report = had(Toy(hangs=True), speech, stop_after_s=1.0, sessions=3, seconds=600)
    assert report.stopped_early
    assert (report.connected, report.turns.sent) == (0, 0)


def test_a_server_that_lets_nobody_in_is_told_of(speech: Path) -> None:
    report = had(Toy(refuses="handshake answered 503"), speech, sessions=3, seconds=5)
    assert report.refused == {"handshake answered 503": 3}
    assert not report.is_well


def test_a_session_that_never_begins_is_told_of(speech: Path) -> None:
    toy = Toy(unsaid=["session.created"])
    report = had(toy, speech, seconds=5)
    assert report.refused == {"no session.created": 1}
    assert toy.lines[0].closed


def test_a_line_that_ends_is_told_of_and_its_turn_is_lost(speech: Path) -> None:
    report = had(Toy(dies_after=20), speech, seconds=5)
    assert report.disconnected == {"connection lost": 1}
    assert report.turns.lost == 1


def test_all_lines_are_closed_at_the_end(speech: Path) -> None:
    toy = Toy(pieces=[PIECE])
    had(toy, speech, sessions=4, seconds=2)
    assert [line.closed for line in toy.lines] == [True] * 4


def test_first_turns_are_spread(speech: Path) -> None:
    report = had(Toy(), speech, sessions=20, seconds=3)
    assert max(moment.turns for moment in report.course) < 12


def test_a_server_that_dies_on_the_way_is_told_of_too(
    speech: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = iter([Reading(1.0, 50.0), Reading(1.5, 51.0)])

    def read(pids: object) -> Reading:
        reading = next(readings, None)
        if reading is None:
            raise BenchError("there is no process 7")
        return reading

    monkeypatch.setattr(processes, "read", read)
    report = had(Toy(dies_after=20), speech, seconds=5, pids=(7,))
    assert report.disconnected == {"connection lost": 1}
    assert report.server_ms is None


def test_cost_is_that_of_the_time_in_which_sessions_speak(
    speech: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings = iter([Reading(1.0, 50.0), Reading(1.5, 51.0), Reading(1.7, 52.0)])
    monkeypatch.setattr(processes, "read", lambda pids: next(readings))
    report = had(Toy(), speech, sessions=2, seconds=10, pids=(7,))
    assert report.cost.session_seconds == pytest.approx(20, abs=0.2)
    assert report.server_ms == pytest.approx(10, abs=0.1)  # 0.2 s in 20
    assert report.rss_per_session_mb == pytest.approx(1)


async def test_an_address_that_is_none_is_refused(speech: Path) -> None:
    with pytest.raises(Unreachable, match="base URL"):
        await measure(Plan(wavs=(speech,)), Place("nowhere"))
