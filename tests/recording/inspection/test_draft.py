import pytest

from repartee.recording.inspection.draft import Draft, details
from repartee.recording.inspection.turns import Interruption, Judgement, ToolCall


def test_times_become_milliseconds_since_the_zero() -> None:
    draft = Draft("pushed")
    draft.zero = 12.0
    draft.mark("committed", 12.0)
    draft.mark("partial", 11.5)
    draft.mark("partial", 11.7)  # the first counts
    draft.work = {"asked": 12.25}
    draft.judgements = [Judgement(11.9)]
    draft.tools = [ToolCall("f", "call_1", 12.5, 13.0)]
    turn = draft.turn(3, since=10.0)
    assert (turn.number, turn.begun_s) == (3, 2.0)
    assert (turn.moments.committed, turn.moments.partial, turn.moments.asked) == (0, -500, 250)
    assert turn.judgements == [Judgement(-100, None, None)]
    assert turn.tools == [ToolCall("f", "call_1", 500, 1000)]


def test_text_was_sent_first_only_where_no_sound_was() -> None:
    draft = Draft("asked")
    draft.mark("wrote", 1.0)
    assert draft.turn(1, 0).moments.sent == 1000
    draft.mark("sent", 2.0)
    assert draft.turn(1, 0).moments.sent == 2000


def test_an_interruption_knows_how_much_was_heard() -> None:
    draft = Draft("asked")
    draft.plays(1.0, 0.5)
    draft.plays(2.0, 1.0)
    draft.interrupt(2.25, "speech")
    draft.interrupt(9.0, "client")  # the first counts
    draft.hush(2.25)
    turn = draft.turn(1, 0)
    assert turn.interruption == Interruption(2250, "speech", 750)
    assert (turn.moments.played, turn.moments.silent) == (1000, 2250)
    draft.hush(9.0)
    assert draft.turn(1, 0).moments.silent == 2250


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"status": "completed", "status_details": None}, ("completed", {})),
        (
            {"status": "cancelled", "status_details": {"reason": "turn_detected"}},
            ("turn_detected", {}),
        ),
        (
            {"status": "failed", "status_details": {"error": {"code": "x"}}},
            ("failed", {"code": "x"}),
        ),
    ],
)
def test_a_response_says_why_it_ended(
    body: dict[str, object], told: tuple[str, dict[str, str]]
) -> None:
    assert details(body) == told
