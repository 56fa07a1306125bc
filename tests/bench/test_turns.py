"""The book of one session, kept at given times."""

from math import inf
from typing import Any

from repartee.bench import events
from repartee.bench.events import Problem, Response, Told
from repartee.bench.plan import Plan
from repartee.bench.turns import Conversation

SOUND = "A" * (4 * 3200)  # 200 ms


def begun(**plan: Any) -> Conversation:
    """One turn has been spoken from second 1 to second 2."""
    conversation = Conversation(Plan(pause_ms=700, patience_s=10, **plan))
    conversation.begin(1.0)
    assert conversation.may_speak()
    conversation.speak(1.0, 2.0)
    return conversation


def hear(conversation: Conversation, item: str, started: float, stopped: float) -> None:
    conversation.take(Told(events.STARTED, item_id=item), started)
    conversation.take(Told(events.STOPPED, item_id=item), stopped)
    conversation.take(Told(events.COMMITTED, item_id=item), stopped)


def answer(conversation: Conversation, ref: str, *times: float) -> None:
    conversation.take(Told(events.CREATED, response=Response(ref, "in_progress")), times[0])
    for at in times:
        conversation.take(Told(events.AUDIO, response_id=ref, delta=SOUND), at)


def end(conversation: Conversation, ref: str, at: float, status: str = "completed") -> None:
    conversation.take(Told(events.DONE, response=Response(ref, status)), at)


def test_a_turn_is_noted_with_its_answer() -> None:
    conversation = begun()
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7, 2.8)
    end(conversation, "r", 2.9)
    (turn,) = conversation.turns
    assert (turn.started, turn.stopped, turn.committed) == (1.1, 2.6, 2.6)
    assert turn.answer is not None
    assert (turn.answer.first, turn.answer.ended, turn.answer.status) == (2.7, 2.9, "completed")
    assert turn.seen == [
        *(events.STARTED, events.STOPPED, events.COMMITTED),
        *(events.CREATED, events.DONE),
    ]


def test_the_next_turn_waits_until_the_answer_has_been_played_and_a_pause() -> None:
    conversation = begun()
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7, 2.8)
    assert conversation.next_at == 2.0 + 0.5 + 10  # as long as the end is open
    end(conversation, "r", 2.9)
    assert round(conversation.next_at, 6) == 2.7 + 0.4 + 0.7


def test_a_turn_without_an_end_is_given_up_in_time() -> None:
    conversation = begun()
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    assert conversation.may_speak()
    assert conversation.turns[0].given_up


def test_what_comes_late_belongs_to_the_turn_that_it_is_of() -> None:
    conversation = begun()
    conversation.take(Told(events.STARTED, item_id="a"), 1.1)
    assert conversation.may_speak()
    conversation.speak(13.0, 14.0)
    next_at = conversation.next_at
    conversation.take(Told(events.STOPPED, item_id="a"), 13.05)
    hear(conversation, "b", 13.1, 14.6)
    first, second = conversation.turns
    assert (first.stopped, second.stopped) == (13.05, 14.6)
    answer(conversation, "r", 14.8)
    assert second.answer is not None
    assert conversation.next_at == next_at


def test_events_without_a_name_belong_to_the_last_turn() -> None:
    conversation = begun()
    conversation.take(Told(events.STARTED), 1.1)
    assert conversation.turns[0].started == 1.1


def test_an_answer_is_spoken_into_while_it_sounds() -> None:
    conversation = begun(barge_in=1)
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7, 2.9)
    assert 3.2 <= conversation.next_at <= 3.4
    assert conversation.may_speak()
    conversation.speak(3.2, 4.2)
    conversation.take(Told(events.AUDIO, response_id="r", delta=SOUND), 3.25)
    conversation.take(Told(events.STARTED, item_id="b"), 3.3)
    conversation.take(Told(events.AUDIO, response_id="r", delta=SOUND), 3.35)
    end(conversation, "r", 3.4, "cancelled")
    first, second = conversation.turns
    assert first.interrupted
    assert not first.given_up
    assert second.interrupts is first.answer
    assert first.answer is not None
    assert (first.answer.last, first.answer.leaked_ms) == (3.35, 200)
    assert conversation.next_at == 4.2 + 0.5 + 10


def test_an_answer_that_is_there_already_cannot_be_stopped() -> None:
    conversation = begun(barge_in=1)
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    end(conversation, "r", 2.7)
    assert 3.2 <= conversation.next_at <= 3.4
    conversation.speak(3.2, 4.2)
    assert conversation.turns[1].interrupts is None
    assert conversation.too_late == 1


def test_only_every_so_many_answers_are_spoken_into() -> None:
    conversation = begun(barge_in=2)
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    assert not conversation.turns[0].interrupted


def test_who_only_listens_goes_on_when_it_was_heard() -> None:
    conversation = begun(listening_only=True)
    hear(conversation, "a", 1.1, 2.6)
    assert round(conversation.next_at, 6) == 3.3


def test_once_closed_no_turn_begins_and_an_open_one_is_waited_for() -> None:
    conversation = begun()
    conversation.close()
    assert not conversation.settled
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    end(conversation, "r", 2.8)
    assert conversation.settled


def test_once_closed_a_turn_that_is_given_up_is_the_last() -> None:
    conversation = begun()
    conversation.close()
    assert not conversation.may_speak()
    assert conversation.turns[0].given_up
    assert conversation.settled


def test_once_closed_an_answer_is_heard_to_its_end() -> None:
    conversation = begun(barge_in=1)
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    conversation.close()
    assert not conversation.turns[0].interrupted
    assert conversation.next_at == 2.0 + 0.5 + 10
    end(conversation, "r", 4.7)
    assert conversation.settled


def test_who_has_not_spoken_yet_does_not_begin_once_closed() -> None:
    conversation = Conversation(Plan())
    conversation.begin(5.0)
    conversation.close()
    assert conversation.next_at == inf


def test_turns_can_be_counted_out() -> None:
    conversation = begun(turns=1, barge_in=1)
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    end(conversation, "r", 2.8)
    assert conversation.settled
    assert not conversation.turns[0].interrupted


def test_an_answer_cut_in_two_by_the_server_counts_as_its_last() -> None:
    conversation = begun()
    hear(conversation, "a", 1.1, 1.6)
    answer(conversation, "r", 1.7)
    hear(conversation, "b", 1.8, 2.6)
    end(conversation, "r", 1.8, "cancelled")
    answer(conversation, "s", 2.7)
    (turn,) = conversation.turns
    assert turn.answer is not None
    assert turn.answer.id == "s"
    assert turn.stopped == 2.6
    assert turn.started == 1.1


def test_an_answer_that_comes_before_its_turn_is_committed_is_that_turns() -> None:
    conversation = begun()
    hear(conversation, "a", 1.1, 2.6)
    answer(conversation, "r", 2.7)
    end(conversation, "r", 2.8)
    conversation.speak(4.0, 5.0)
    conversation.take(Told(events.STARTED, item_id="b"), 4.1)
    conversation.take(Told(events.STOPPED, item_id="b"), 5.6)
    answer(conversation, "s", 5.7)
    assert [len(turn.answers) for turn in conversation.turns] == [1, 1]


def test_errors_are_counted_by_their_code() -> None:
    conversation = Conversation(Plan())
    for problem in (Problem("t", "c"), Problem("t", "c"), Problem("t", None), None):
        conversation.take(Told("error", error=problem), 0.0)
    assert conversation.errors == {"c": 2, "t": 1, "no code": 1}


def test_a_server_cannot_make_the_list_of_errors_endless() -> None:
    conversation = Conversation(Plan())
    for number in range(1000):
        conversation.take(Told("error", error=Problem("t", str(number))), 0.0)
    assert len(conversation.errors) == 51
    assert conversation.errors["others"] == 950


def test_what_nobody_asked_for_is_told() -> None:
    conversation = Conversation(Plan())
    conversation.take(Told(events.STARTED, item_id="a"), 0.0)
    conversation.take(Told(events.CREATED, response=Response("r")), 0.0)
    conversation.take(Told(events.AUDIO, response_id="r", delta=SOUND), 0.0)
    end(conversation, "r", 0.1)
    assert set(conversation.errors) == {
        f"{events.STARTED} though nobody has spoken",
        f"{events.CREATED} though nobody has spoken",
    }
