from pathlib import Path

import pytest

import tapes
from repartee.recording.format import read
from repartee.recording.inspection.following import inspect
from repartee.recording.inspection.turns import (
    Fault,
    Interruption,
    Moments,
    ToolCall,
    Turn,
)
from repartee.recording.inspection.waterfall import session, turn

SPOKEN = Turn(
    number=1,
    kind="spoken",
    begun_s=61.5,
    heard="what   is it",
    said="It is this.",
    speech_ms=(500.0, 2000.0),
    detection="server_vad",
    silence_ms=500,
    moments=Moments(stopped=500, partial=-300, transcribed=600, asked=600, text=700, text_end=1000),
)
WIDTH = 80


def lines(turn_: Turn, width: int = WIDTH) -> dict[str, str]:
    """A turn's lines, by their labels; the head is that of "" ."""
    head, *rows = turn(turn_, width)
    return {"": head} | {row.split()[0]: row for row in rows}


def test_bars_stand_where_their_times_are() -> None:
    shown = lines(SPOKEN)
    assert shown[""].split() == ["1", "1:01.500", "spoken,", "1.5", "s"]
    assert shown["user"].endswith("“what is it”")
    columns = WIDTH - 8 - 36 - 6  # of 1000 ms
    bar = shown["mind"][12 : 12 + columns]
    assert bar.index("░") == round(0.6 * columns)
    assert bar.index("█") == round(0.7 * columns)
    assert bar.count("█") == columns - round(0.7 * columns)
    assert shown["mind"].endswith("asked 600, 700 to 1000")
    assert shown["turn"].endswith("500  server_vad, 500 ms")
    assert shown["ears"].endswith("first -300, final 600")


def test_what_goes_on_beyond_the_width_says_so() -> None:
    moments = Moments(asked=0, text=10, text_end=20, sent=30, played=30, silent=9000)
    shown = lines(Turn(number=2, kind="asked", begun_s=0, moments=moments))
    assert "→  30 to 9000" in shown["heard"]
    assert "◆" in shown["sent"]


def test_what_went_otherwise_is_told_below() -> None:
    odd = Turn(
        number=3,
        kind="asked",
        begun_s=0,
        moments=Moments(),
        status="cancelled",
        early_dropped=2,
        interruption=Interruption(250, "client", 200, True),
        tools=[ToolCall("look", "call_1", 20, None)],
        faults=[Fault(1, "broken", "It broke.")],
    )
    shown = lines(odd)
    assert shown[""].endswith("cancelled")
    assert shown["cut"].endswith("by client at 250, truncated to 200")
    assert shown["tool"].endswith("look: called 20, no output")
    assert shown["note"].endswith("2 early replies in vain")
    assert shown["fault"].endswith("broken: It broke.")


@pytest.mark.parametrize("name", tapes.NAMES)
@pytest.mark.parametrize("width", [60, 100, 200])
def test_no_session_is_wider_than_the_terminal(name: str, width: int, tmp_path: Path) -> None:
    shown = session(inspect(read(tapes.write(name, tmp_path))), width)
    bars = [line for line in shown.splitlines() if set(line) & {*"░█◆"}]
    assert bars
    assert max(map(len, bars)) <= max(width, 72)


def test_a_cut_recording_says_so(tmp_path: Path) -> None:
    path = tapes.write("talk", tmp_path)
    path.write_bytes(path.read_bytes()[:-10])
    assert "NOTE: the last" in session(inspect(read(path)), WIDTH)
