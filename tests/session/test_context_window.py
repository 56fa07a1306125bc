"""A conversation longer than the model can read: what it is told, and what the client sees."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from plays import cancel, create, error, lines, respond, retrieve, text, update
from repartee.protocol.prompt import Call, CallOutput
from repartee.protocol.prompt import Message as Spoken
from repartee.session.bounds import Bounds
from stage import Stage

# Every character costs a token, and so do the brackets of no tools: eight are left to talk in.
WINDOW = Bounds(window=10, count=len)


Begin = Callable[..., Stage]


@pytest.fixture
def talk() -> Iterator[Begin]:
    """Begins sessions, with three items of four tokens or with others."""
    begun: list[Stage] = []

    def begin(*words: str, **session: Any) -> Stage:
        begun.append(stage := Stage(WINDOW))
        if session:
            update(stage, **session)
        for one in words or ("aaaa", "bbbb", "cccc"):
            create(stage, text(one, id=one))
        return stage

    yield begin
    for stage in begun:
        stage.settle()


def ratio(share: float, **members: Any) -> dict[str, Any]:
    return {"truncation": {"type": "retention_ratio", "retention_ratio": share, **members}}


def answered(stage: Stage, **response: Any) -> list[str]:
    """What the model is told of the user's words; it gives no answer."""
    ref = respond(stage, **response)
    told = [line.text for line in stage.replies[ref].prompt.lines if isinstance(line, Spoken)]
    cancel(stage, response_id=ref)
    return told


def widen(stage: Stage, window: int) -> list[str]:
    """What a model with more room would be told."""
    stage.session._answering._bounds = Bounds(window=window, count=len)
    return answered(stage)


def test_by_itself_only_what_does_not_fit_is_left_out(talk: Begin) -> None:
    """B212"""
    stage = talk()
    assert answered(stage) == ["bbbb", "cccc"]
    assert widen(stage, 99) == ["aaaa", "bbbb", "cccc"], "and not for good"


def test_a_ratio_leaves_out_more_and_for_good(talk: Begin) -> None:
    """B213"""
    stage = talk(**ratio(0.5))
    assert answered(stage) == ["cccc"]
    assert widen(stage, 99) == ["cccc"]


def test_what_is_left_out_is_still_the_clients(talk: Begin) -> None:
    """B215"""
    stage = talk(**ratio(0.5))
    answered(stage)
    assert retrieve(stage, "aaaa")["content"] == [{"type": "input_text", "text": "aaaa"}]
    stage.client({"type": "conversation.item.delete", "item_id": "aaaa"})
    assert create(stage, text("d"), previous_item_id="bbbb")[0]["previous_item_id"] == "bbbb"
    reference = [{"type": "item_reference", "id": "bbbb"}]
    assert answered(stage, input=reference, conversation="none") == ["bbbb"]


def test_the_conversation_may_have_less_room_of_its_own(talk: Begin) -> None:
    """B214"""
    limits = {"token_limits": {"post_instructions": 4}}
    assert answered(talk(**ratio(1, **limits))) == ["cccc"]


@pytest.mark.parametrize("beside", [{"conversation": "none"}, {}])
def test_what_one_response_is_told_leaves_the_conversation_alone(
    talk: Begin, beside: dict[str, Any]
) -> None:
    stage = talk(**ratio(0.5))
    references = [{"type": "item_reference", "id": one} for one in ("aaaa", "bbbb", "cccc")]
    assert answered(stage, input=references, **beside) == ["cccc"]
    assert widen(stage, 99) == ["aaaa", "bbbb", "cccc"]


def test_an_answer_beside_it_leaves_it_alone(talk: Begin) -> None:
    stage = talk(**ratio(0.5))
    assert answered(stage, conversation="none") == ["cccc"]
    assert widen(stage, 99) == ["aaaa", "bbbb", "cccc"]


def test_where_nothing_may_be_left_out_the_client_is_told(talk: Begin) -> None:
    """B211"""
    stage = talk(truncation="disabled")
    refused = stage.client({"type": "response.create"})
    assert error(refused) == ("context_length_exceeded", None)
    stage.client({"type": "conversation.item.delete", "item_id": "aaaa"})
    assert answered(stage) == ["bbbb", "cccc"]
    create(stage, text("d"))
    own = [text("eeee")]
    assert answered(stage, input=own) == ["eeee"], "its own context fits"


def test_words_that_are_known_too_late_fail_the_answer(talk: Begin) -> None:
    """A refusal is for what the client can know; the words of its user come later."""
    stage = talk("a", truncation="disabled")
    created = stage.speak()[-2]
    assert created["type"] == "response.created"
    done = stage.transcribe(next(iter(stage.recognitions)), "Far too long.")[-1]
    assert done["response"]["status"] == "failed"
    assert done["response"]["status_details"]["error"]["code"] == "context_length_exceeded"


def test_a_turn_that_is_too_much_fails_at_once_and_the_next_may_follow(talk: Begin) -> None:
    stage = talk(truncation="disabled")
    stage.speak()
    stage.transcribe(next(iter(stage.recognitions)), "")
    assert stage.last("response.done")["response"]["status"] == "failed"
    update(stage, truncation="auto")
    assert answered(stage) == ["bbbb", "cccc", ""]


def test_an_output_is_told_with_its_call_though_that_was_left_behind(talk: Begin) -> None:
    stage = talk("a", **ratio(0.5))
    ref = respond(stage)
    stage.call(ref, "look", "{}")
    stage.finish(ref)
    call_id = stage.last("response.output_item.done")["item"]["call_id"]
    create(stage, text("cccc"))
    assert answered(stage) == ["cccc"]
    create(stage, {"type": "function_call_output", "call_id": call_id, "output": "42"})
    ref = respond(stage)
    told = stage.replies[ref].prompt.lines
    assert told == (Call(call_id, "look", "{}"), CallOutput(call_id, "42"))


def test_instructions_alone_may_fill_the_window(talk: Begin) -> None:
    stage = talk(instructions="x" * 50)
    assert lines(stage) == [("user", "cccc")]
    update(stage, truncation="disabled")
    assert error(stage.client({"type": "response.create"})) == ("context_length_exceeded", None)
