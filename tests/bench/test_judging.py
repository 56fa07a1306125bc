"""What is wrong with a turn."""

import pytest

from repartee.bench import events
from repartee.bench.answers import Answer
from repartee.bench.judging import faults, is_answered
from repartee.bench.turns import Turn

STARTED, STOPPED, COMMITTED = events.STARTED, events.STOPPED, events.COMMITTED
CREATED, DONE = events.CREATED, events.DONE
WHOLE = [STARTED, STOPPED, COMMITTED, CREATED, DONE]


def sounding(status: str = "completed") -> Answer:
    answer = Answer("r", 0.0)
    answer.sound(100, 0.1)
    answer.end(status, 0.2)
    return answer


@pytest.mark.parametrize(
    ("seen", "found"),
    [
        (WHOLE, []),
        ([STARTED, STOPPED, CREATED, DONE], [f"{COMMITTED} missing"]),
        ([STARTED, STARTED, *WHOLE[1:]], [f"{STARTED} more than once"]),
        ([*WHOLE, DONE], [f"{DONE} more than once"]),
        ([STOPPED, STARTED, *WHOLE[2:]], [f"{STOPPED} before {STARTED}"]),
        ([*WHOLE[:3], DONE, CREATED], [f"{DONE} before {CREATED}"]),
    ],
)
def test_every_event_is_due_once_and_in_its_order(seen: list[str], found: list[str]) -> None:
    assert [*faults(Turn(1, 0, 1, seen=seen), listening_only=False)] == found


def test_sound_after_the_end_is_a_fault() -> None:
    answer = sounding()
    answer.sound(20, 0.3)
    turn = Turn(1, 0, 1, seen=WHOLE, answers=[answer])
    assert [*faults(turn, listening_only=False)] == ["sound after response.done"]


def test_who_only_listens_is_owed_no_answer() -> None:
    turn = Turn(1, 0, 1, seen=WHOLE[:3])
    assert not [*faults(turn, listening_only=True)]
    turn = Turn(1, 0, 1, seen=WHOLE, answers=[sounding()])
    assert [*faults(turn, listening_only=True)] == ["response.created though none was asked for"]


def test_an_answer_sounds_and_is_complete() -> None:
    assert is_answered(Turn(1, 0, 1, answers=[sounding()]), listening_only=False)
    for answers in ([], [Answer("r", 0)], [sounding("failed")], [sounding("cancelled")]):
        assert not is_answered(Turn(1, 0, 1, answers=answers), listening_only=False)


def test_one_that_was_spoken_into_need_not_be_complete() -> None:
    turn = Turn(1, 0, 1, answers=[sounding("cancelled")], interrupted=True)
    assert is_answered(turn, listening_only=False)


def test_without_answers_being_heard_is_enough() -> None:
    assert is_answered(Turn(1, 0, 1, committed=1.5), listening_only=True)
    assert not is_answered(Turn(1, 0, 1), listening_only=True)
