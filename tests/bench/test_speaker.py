"""What a session's microphone gives."""

from math import inf

from repartee.bench.plan import Plan
from repartee.bench.sound import Sounds, Utterance
from repartee.bench.speaker import Speaker
from repartee.bench.turns import Conversation

SOUNDS = Sounds(
    (Utterance("a", (b"a1", b"a2"), 0.005, 0.035), Utterance("b", (b"b1",), 0.0, 0.02)),
    (b"-", b"="),
)


def given(speaker: Speaker, *times: float) -> list[bytes]:
    return [speaker.chunk(at) for at in times]


def test_before_its_turn_it_is_hushed() -> None:
    speaker = Speaker(SOUNDS, Conversation(Plan()))
    assert given(speaker, 0.0, 0.02, 0.04) == [b"=", b"-", b"="]


def test_it_speaks_in_its_turn_and_says_when() -> None:
    conversation = Conversation(Plan(patience_s=1))
    speaker = Speaker(SOUNDS, conversation)
    conversation.begin(0.03)
    assert given(speaker, 0.02, 0.04, 0.06, 0.08) == [b"=", b"a1", b"a2", b"-"]
    (turn,) = conversation.turns
    assert (turn.began, round(turn.ended, 6)) == (0.045, 0.075)


def test_utterances_come_in_turn_and_each_session_begins_with_another() -> None:
    conversation = Conversation(Plan(patience_s=1))
    speaker = Speaker(SOUNDS, conversation, first=1)
    conversation.begin(0.0)
    assert speaker.chunk(0.0) == b"b1"
    assert speaker.chunk(conversation.next_at) == b"a1"


def test_a_turn_that_must_not_be_is_noise() -> None:
    conversation = Conversation(Plan(turns=1))
    speaker = Speaker(SOUNDS, conversation)
    conversation.begin(0.0)
    given(speaker, 0.0, 0.02)
    assert speaker.chunk(conversation.next_at) == b"="
    assert conversation.next_at == inf
