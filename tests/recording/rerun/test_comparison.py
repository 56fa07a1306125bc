import pytest

from repartee.recording.inspection.turns import (
    Fault,
    Inspection,
    Kind,
    Moments,
    Tokens,
    Turn,
)
from repartee.recording.rerun.comparison import WordErrors, compare, word_errors


def turn(
    number: int, kind: Kind = "spoken", at: float = 0, heard: str | None = None, **moments: float
) -> Turn:
    item_id = "item_1" if kind in ("spoken", "pushed") else None
    return Turn(
        number=number,
        kind=kind,
        begun_s=at,
        heard=heard,
        item_id=item_id,
        moments=Moments(**moments),
    )


def inspection(*turns: Turn, faults: tuple[Fault, ...] = ()) -> Inspection:
    return Inspection(
        version="1",
        began=0,
        session="sess_1",
        model="m",
        dialect="ga",
        transport="websocket",
        engines={"ears": "fake"},
        duration_s=1,
        user_s=1,
        agent_s=1,
        complete=True,
        note=None,
        turns=list(turns),
        spreads={},
        faults=list(faults),
        tokens=Tokens(),
    )


@pytest.mark.parametrize(
    ("reference", "hypothesis", "expected"),
    [
        ("Ask not what, your country", "ask not what your country", (0, 5)),
        ("one two three", "one too three", (1, 3)),
        ("one two three", "two three four", (2, 3)),
        ("don't go", "do not go", (2, 2)),
        ("", "something else", (2, 0)),
        ("something", "", (1, 1)),
    ],
)
def test_words_are_counted(reference: str, hypothesis: str, expected: tuple[int, int]) -> None:
    assert word_errors(reference, hypothesis) == WordErrors(*expected)


def test_turns_are_found_again_by_kind_and_time() -> None:
    then = inspection(turn(1, at=1), turn(2, at=9), turn(3, "continued", at=12), turn(4, at=30))
    now = inspection(turn(1, at=1.4), turn(2, at=4), turn(3, at=8.5), turn(4, "continued", at=20))
    compared = compare("f", then, now, [])
    pairs = [(pair.then, pair.now) for pair in compared.turns]
    assert pairs == [(1, 1), (None, 2), (2, 3), (3, 4), (4, None)]


def test_an_answer_after_a_function_is_one_without_it_too() -> None:
    then, now = inspection(turn(1, "continued", at=1)), inspection(turn(1, "asked", at=9))
    (pair,) = compare("f", then, now, []).turns
    assert (pair.then, pair.now) == (1, 1)


def test_words_and_times_are_summed_up_over_what_both_have() -> None:
    then = inspection(
        turn(1, heard="one two", stopped=500, sent=900), turn(2, at=9, heard="three", stopped=510)
    )
    now = inspection(
        turn(1, heard="one too", stopped=300, sent=700), turn(2, at=9, heard="three", stopped=310)
    )
    compared = compare("f", then, now, ["so it was"])
    assert compared.words == WordErrors(1, 3)
    assert compared.medians == {"stopped": (500, 300), "sent": (900, 700)}
    assert compared.turns[0].times["sent"] == (900, 700)
    assert compared.notes == ["so it was"]


def test_faults_that_the_new_run_alone_has_are_noted() -> None:
    old, new = Fault(1, "old", "As it was."), Fault(2, "mind_timeout", "Too slow.")
    compared = compare("f", inspection(faults=(old,)), inspection(faults=(old, new)), [])
    assert compared.notes == ["mind_timeout: Too slow."]


def test_in_haste_times_say_nothing() -> None:
    compared = compare(
        "f",
        inspection(turn(1, heard="a", sent=1)),
        inspection(turn(1, heard="a", sent=2)),
        [],
        fast=True,
    )
    assert compared.turns[0].times == {}
    assert compared.medians == {}
    assert compared.words == WordErrors(0, 1)


def test_what_was_written_has_no_word_errors() -> None:
    compared = compare(
        "f", inspection(turn(1, "asked", heard="a")), inspection(turn(1, "asked", heard="a")), []
    )
    assert compared.turns[0].words is None
