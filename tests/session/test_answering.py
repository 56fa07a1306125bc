"""What is answered, and in which manner; the session's tests show the rest."""

from plays import cancel, detection, error, respond, update
from repartee.protocol.prompt import Message
from repartee.session.bounds import Bounds
from repartee.session.commands import Reply
from stage import Stage


def test_a_response_says_of_itself_what_the_client_said_and_else_what_the_session_says(
    stage: Stage,
) -> None:
    update(stage, instructions="Be brief.", output_modalities=["text"])
    usual, special = (stage.replies[respond(stage, conversation="none", **said)] for said in SAID)
    assert (usual.prompt.instructions, usual.voice) == ("Be brief.", None)
    assert (special.prompt.instructions, special.voice) == ("Be long.", None)
    assert special.prompt.lines == (Message("user", "Only this."),)


ONLY_THIS = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_text", "text": "Only this."}],
}
SAID: tuple[dict[str, object], ...] = ({}, {"instructions": "Be long.", "input": [ONLY_THIS]})


def test_while_one_answer_is_given_a_turn_causes_no_other(stage: Stage) -> None:
    """B073"""
    update(stage, **detection(interrupt_response=False))
    ref = respond(stage)
    stage.speak()
    assert [one.ref for one in stage.commands if isinstance(one, Reply)] == [ref]


def test_nothing_is_foreseen_that_would_not_be_answered() -> None:
    stage = Stage(Bounds(guesses=True, foresees=True))
    update(stage, **detection(create_response=False))
    stage.hear(0.9, 5)
    stage.hear(0.0, 7)
    stage.guess(stage.guesses[0], "Yes.")
    assert stage.early == set()


def test_what_is_foreseen_cannot_be_cancelled_by_name() -> None:
    stage = Stage(Bounds(guesses=True, foresees=True))
    stage.hear(0.9, 5)
    stage.hear(0.0, 7)
    stage.guess(stage.guesses[0], "Yes.")
    (ref,) = stage.early
    assert error(cancel(stage, response_id=ref))[0] == "response_cancel_not_active"
    assert ref in stage.replies
