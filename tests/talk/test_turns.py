"""What a person is shown of a conversation, and when it is over."""

from repartee.talk.turns import Turns
from talk.scripted import Event, started, turn


def follow(events: list[Event], *, loud: list[int]) -> tuple[Turns, list[str]]:
    """Feed events that come 10 ms apart from 101 s on, to turns that began at 100 s."""
    shown: list[str] = []
    turns = Turns(100.0, loud, shown.append)
    for number, event in enumerate(events):
        turns.follow(event, 101.0 + number / 100)
    return turns, shown


HELLO = [started("a"), *turn("a", 900, said="Hello.", answer="Hi!", pcm=bytes(48000))]


def test_each_step_of_a_turn_is_timed_from_the_last_loud_sample() -> None:
    turns, shown = follow(HELLO, loud=[300, 310, 1200])
    assert shown == [
        "turn 1            listening",
        "turn 1   +710 ms  committed",
        "turn 1   +730 ms  transcript    “Hello.”",
        "turn 1   +740 ms  first text",
        "turn 1   +750 ms  first audio",
        "turn 1   +760 ms  answer        “Hi!” (1.0 s of sound)",
    ]
    assert turns.pcm == bytes(48000)


def test_without_loudness_time_runs_from_the_servers_word() -> None:
    _, shown = follow(HELLO, loud=[])
    assert shown[1] == "turn 1    +10 ms  committed"


def test_a_conversation_is_settled_between_turns_only() -> None:
    shown: list[str] = []
    turns = Turns(0.0, [], shown.append)
    settled = [turns.settled]
    for event in [*HELLO, started("b"), *turn("b", 1, said="x", answer="y", pcm=b"\1\1")]:
        turns.follow(event, 0.0)
        settled.append(turns.settled)
    assert settled == [True, *[False] * 7, True, *[False] * 7, True]
    assert turns.pcm == bytes(48000) + b"\1\1"
    assert [line.split()[1] for line in shown] == ["1"] * 6 + ["2"] * 6


def test_a_late_transcript_is_waited_for() -> None:
    *before, transcript, text, sound, done = HELLO
    turns, _ = follow([*before, text, sound, done], loud=[])
    assert not turns.settled
    turns.follow(transcript, 102.0)
    assert turns.settled


def test_an_interrupted_answer_is_told_as_such() -> None:
    cancelled = {"id": "resp_a", "status": "cancelled"}
    _, shown = follow([*HELLO[:-2], {"type": "response.done", "response": cancelled}], loud=[])
    assert shown[-1].endswith("cancelled     “Hi!” (0.0 s of sound)")
    _, shown = follow([*HELLO[:4], {"type": "response.done", "response": cancelled}], loud=[])
    assert shown[-1].endswith("cancelled")


def test_failures_are_told_and_end_the_turn() -> None:
    details = {"error": {"code": "engine_error", "message": "the model is away"}}
    done = {"id": "resp_a", "status": "failed", "status_details": details}
    failed = "conversation.item.input_audio_transcription.failed"
    turns, shown = follow(
        [
            *HELLO[:4],
            {"type": failed, "item_id": "a", "error": {"message": "the ears are away"}},
            {"type": "response.done", "response": done},
            {"type": "error", "error": {"message": "odd", "code": None}},
        ],
        loud=[],
    )
    assert turns.settled
    assert turns.failures == ["the model is away", "odd"]
    assert shown[-1] == "error: odd"
    assert any(line.endswith("no transcript the ears are away") for line in shown)


def test_a_text_answer_counts_as_well_and_unknown_events_do_not() -> None:
    text = {"type": "response.output_text.delta", "response_id": "resp_a", "delta": "Hi"}
    stray = {"type": "response.output_text.delta", "response_id": "resp_z", "delta": "?"}
    turns, shown = follow([*HELLO[:4], text, stray, {"type": "rate_limits.updated"}], loud=[])
    assert turns.turns[0].text == "Hi"
    assert [line.split()[-1] for line in shown[-1:]] == ["text"]
