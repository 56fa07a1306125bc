"""Whatever a client sends is understood or refused, in every dialect and kind of session."""

import json
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import event as note
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.contract import faults
from protocol.faults import DIALECTS
from protocol.strategies import broken, events, torn
from repartee.protocol.beta import BETA
from repartee.protocol.client import ClientEvent, InputAudioBufferAppend
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect
from repartee.protocol.server import Error, ErrorBody
from repartee.session.inputs import Tick
from stage import Stage

few = settings(max_examples=settings().max_examples // 5)  # whole sessions take their time
CODES = {
    "invalid_event",
    "invalid_value",
    "invalid_type",
    "unknown_parameter",
    "missing_required_parameter",
}
GA_EVENTS, BETA_EVENTS = DIALECTS["ga"][1], DIALECTS["beta"][1]
messages = {
    name: st.one_of(
        events(kinds).map(lambda one: json.dumps(one).encode()),
        broken(kinds).map(lambda one: json.dumps(one).encode()),
        torn(kinds),
    )
    for name, (_, kinds) in DIALECTS.items()
}


def judge(dialect: Dialect, message: bytes) -> None:
    """The message is an event, or is refused in words that can be sent."""
    answer = dialect.decode(message)
    if not isinstance(answer, Refused):
        assert isinstance(answer, get_args(ClientEvent))
        note(f"obeyed {answer.__struct_config__.tag}")
        return
    note(f"refused {answer.code}")
    assert answer.code in CODES
    assert answer.type == "invalid_request_error"
    assert answer.event_id is None or len(answer.event_id) <= 512
    body = ErrorBody(**{name: getattr(answer, name) for name in ErrorBody.__struct_fields__})
    frame = dialect.encode(Error(event_id="event_1", error=body))
    assert frame is not None
    assert json.loads(frame)["error"]["message"]


@given(message=messages["ga"])
def test_ga_decodes_or_refuses(message: bytes) -> None:
    judge(GA, message)


@given(message=messages["beta"])
def test_beta_decodes_or_refuses(message: bytes) -> None:
    judge(BETA, message)


@given(message=st.binary(max_size=40) | st.text(max_size=20).map(str.encode))
def test_no_bytes_at_all_are_too_strange(message: bytes) -> None:
    for dialect, _ in DIALECTS.values():
        judge(dialect, message)


@given(event=events(GA_EVENTS))
def test_what_ga_decodes_it_can_say_again(event: dict[str, Any]) -> None:
    decoded = GA.decode(json.dumps(event).encode())
    assert not isinstance(decoded, Refused)
    assert GA.decode(msgspec.json.encode(decoded)) == decoded


@given(event=events(BETA_EVENTS))
def test_what_beta_decodes_is_a_ga_event(event: dict[str, Any]) -> None:
    """But for `temperature`, which GA does not have."""
    decoded = BETA.decode(json.dumps(event).encode())
    if isinstance(decoded, Refused):
        assert (decoded.param or "").endswith(".modalities")
        return
    again = json.loads(msgspec.json.encode(decoded))
    for name in ("session", "response"):
        (again.get(name) or {}).pop("temperature", None)
    assert not isinstance(GA.decode(json.dumps(again).encode()), Refused)


def without_nulls(value: Any) -> Any:
    """Null is as if absent."""
    if isinstance(value, dict):
        kept = {name: member for name, member in value.items() if member is not None}
        return {name: without_nulls(member) for name, member in kept.items()}
    return [without_nulls(member) for member in value] if isinstance(value, list) else value


def play(stage: Stage, script: list[bytes | str]) -> None:
    """Every message is answered, in words of the contract, and what is obeyed is one of its."""
    for step in script:
        if isinstance(step, str):
            _happen(stage, step)
            continue
        event = stage.dialect.decode(step)
        answers = stage.feed(event)
        assert answers or isinstance(event, InputAudioBufferAppend), step
        told = {answer["type"] for answer in answers}
        if not isinstance(event, Refused) and "error" not in told:
            note(f"obeyed {event.__struct_config__.tag}")
            asked = without_nulls(json.loads(msgspec.json.encode(event)))
            assert faults("client", asked) == [], step
    assert not stage.closed
    dialect = "ga" if stage.dialect is GA else "beta"
    for said in stage.events:
        assert faults("server", said, dialect) == []


def _happen(stage: Stage, what: str) -> None:
    if what == "speech":
        stage.speak()
    elif what == "words" and stage.replies:
        stage.say(next(iter(stage.replies)), "Well. ")
    elif what == "call" and stage.replies:
        stage.call(next(iter(stage.replies)), "look", "{}")
    elif what == "rest":
        stage.settle()
    else:
        stage.wait(1.0, Tick())


scripts = {
    name: st.lists(said | st.sampled_from(["speech", "words", "call", "rest"]), max_size=8)
    for name, said in messages.items()
}


@pytest.mark.parametrize("transcribes", [False, True], ids=["realtime", "transcription"])
@few
@given(script=scripts["ga"])
def test_a_ga_session_answers_everything(transcribes: bool, script: list[bytes | str]) -> None:
    """B051, B207, B208: nothing raises, nothing is passed over, nothing ends the session."""
    play(Stage(dialect=GA, transcribes=transcribes), script)


@pytest.mark.parametrize("transcribes", [False, True], ids=["realtime", "transcription"])
@few
@given(script=scripts["beta"])
def test_a_beta_session_answers_everything(transcribes: bool, script: list[bytes | str]) -> None:
    play(Stage(dialect=BETA, transcribes=transcribes), script)
