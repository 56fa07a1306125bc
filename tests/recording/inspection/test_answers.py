from repartee.recording.format import Kind
from repartee.recording.inspection.answers import Answers, tokens
from repartee.recording.inspection.draft import Draft
from repartee.recording.inspection.turns import Tokens
from repartee.recording.inspection.wire import Sound

USAGE = {"input_tokens": 5, "output_tokens": 7, "input_token_details": {"cached_tokens": 2}}


def begun(answers: Answers, ref: str = "resp_1") -> Draft:
    draft = Draft("asked")
    answers.begin(draft, {"id": ref}, 1.0)
    return draft


def done(status: str, **details: object) -> dict[str, object]:
    body = {"id": "resp_1", "status": status, "status_details": details, "usage": USAGE}
    return {"type": "response.done", "response": body}


def test_work_under_another_name_is_that_of_the_latest_response() -> None:
    answers = Answers(Sound())
    answers.asked("Reply", "early_1", True, 0.5)
    answers.told({"type": "Said", "ref": "early_1"}, b"", 0.7)
    draft = begun(answers)
    answers.asked("Proceed", "early_1", False, 1.0)
    answers.told({"type": "Sounded", "ref": "early_1"}, b"12", 1.2)
    assert draft.early
    assert draft.work == {"asked": 0.5, "proceeded": 1.0, "text": 0.7, "text_end": 0.7} | {
        "sound": 1.2,
        "sound_end": 1.2,
    }


def test_a_call_is_played_after_what_was_played_before() -> None:
    answers = Answers(Sound())
    draft = begun(answers)
    answers.asked("Reply", "resp_1", False, 1.0)
    answers.told({"type": "Sounded", "ref": "resp_1"}, b"12", 2.0)
    answers.play(500, 2.0)
    answers.play(500, 2.1)
    assert draft.at["played"] == 2.0
    assert draft.at["silent"] == 3.0
    assert answers.seconds == 1


def test_a_failure_is_told_and_the_cost_is_kept() -> None:
    answers = Answers(Sound())
    draft = begun(answers)
    error = {"code": "mind_timeout", "message": "Too slow."}
    told = answers.said("response.done", done("failed", error=error), 2.0)
    assert told == ("mind_timeout", "Too slow.")
    assert draft.status == "failed"
    assert draft.tokens == Tokens(5, 2, 7)
    assert draft.interruption is None


def test_a_response_that_nobody_knows_says_nothing() -> None:
    answers = Answers(Sound())
    assert answers.said("response.done", done("completed"), 2.0) is None
    assert answers.said("response.output_item.added", {"response_id": "x"}, 2.0) is None


def test_an_answer_without_speech_before_it_is_asked_for_or_the_servers() -> None:
    answers = Answers(Sound())
    assert answers.kind(Kind.CLIENT) == "asked"
    assert answers.kind(Kind.FACT) == "server"
    answers.returned("call_1", 1.0)
    assert answers.kind(Kind.CLIENT) == "continued"
    begun(answers)
    assert answers.kind(Kind.CLIENT) == "asked"


def test_no_usage_is_no_cost() -> None:
    assert tokens(None) is None
