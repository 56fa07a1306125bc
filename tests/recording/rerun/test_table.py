from recording.rerun.test_comparison import inspection, turn
from repartee.recording.rerun.comparison import compare
from repartee.recording.rerun.table import table


def test_then_stands_beside_now() -> None:
    then = inspection(turn(1, heard="one two", stopped=500.4, sent=900), turn(2, at=9))
    now = inspection(turn(1, heard="one too", stopped=300), turn(2, at=20))
    lines = table(compare("a.repartee", then, now, ["so it was"])).splitlines()
    assert lines[0] == "a.repartee"
    assert "turn ended" in lines[4]
    assert " ".join(lines[5].split()) == "1 spoken 1 of 2 500 → 300 - - 900 → - -"
    assert lines[6].split()[:2] == ["2", "missing"]
    assert lines[7].split()[:2] == ["-", "spoken"]
    assert lines[8].split()[:6] == ["all,", "median", "1", "of", "2", "500"]
    assert lines[-3:] == ["  1 then: one two", "  1 now:  one too", "  note: so it was"]


def test_in_haste_there_are_no_times() -> None:
    then, now = inspection(turn(1, heard="one", sent=1)), inspection(turn(1, heard="one", sent=2))
    shown = table(compare("a", then, now, [], fast=True))
    assert "→" not in shown
    assert "0 of 1" in shown
    assert "in haste" in shown
