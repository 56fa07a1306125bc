"""Items as clients keep them in histories: with every member any item has, mostly null."""

import json
from typing import Any

import pytest

from repartee.protocol.beta import BETA
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA, Dialect

NULLS = dict.fromkeys(("id", "object", "status", "call_id", "name", "arguments", "output"))
PART_NULLS = dict.fromkeys(("text", "audio", "transcript", "image_url", "detail"))
SAID = {"type": "input_text", "text": "Hello."}


def history(part: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A message as clients keep it: every member that any item has."""
    return {**NULLS, "type": "message", "role": "user", "content": [PART_NULLS | part], **members}


def decoded(event: dict[str, Any], dialect: Dialect = GA) -> Any:
    return dialect.decode(json.dumps(event).encode())


def respond(**members: Any) -> dict[str, Any]:
    return {"type": "response.create", "response": members}


def created(whole: dict[str, Any]) -> dict[str, Any]:
    return {"type": "conversation.item.create", "event_id": "mine", "item": whole}


@pytest.mark.parametrize(
    ("dialect", "role", "part"),
    [
        (GA, "user", SAID),
        (GA, "user", {"type": "input_audio", "audio": "AAA="}),
        (GA, "assistant", {"type": "output_text", "text": "Hello."}),
        (BETA, "user", SAID),
        (BETA, "assistant", {"type": "text", "text": "Hello."}),
    ],
)
def test_null_says_nothing_of_what_other_items_have(
    dialect: Dialect, role: str, part: dict[str, Any]
) -> None:
    plain = {"type": "message", "role": role, "content": [part]}
    assert not isinstance(decoded(created(plain), dialect), Refused)
    full = history(part, role=role)
    assert decoded(created(full), dialect) == decoded(created(plain), dialect)
    assert decoded(respond(input=[full]), dialect) == decoded(respond(input=[plain]), dialect)


def test_null_says_nothing_in_the_output_of_a_call() -> None:
    plain = {"type": "function_call_output", "call_id": "call_1", "output": "42"}
    full = {**NULLS, **plain, "role": None, "content": None}
    assert decoded(created(full)) == decoded(created(plain))


@pytest.mark.parametrize(
    ("part", "code", "param"),
    [
        ({**SAID, "audio": "AAA="}, "unknown_parameter", "item.content[0].audio"),
        ({**SAID, "sound": None}, "unknown_parameter", "item.content[0].sound"),
        ({"type": "input_text"}, "missing_required_parameter", "item.content[0].text"),
        ({"type": "input_audio", "audio": "!"}, "invalid_value", "item.content[0].audio"),
        ({**SAID, "text": 5}, "invalid_type", "item.content[0].text"),
    ],
)
def test_among_nulls_a_mistake_is_told_as_ever(part: dict[str, Any], code: str, param: str) -> None:
    answer = decoded(created(history(part)))
    assert isinstance(answer, Refused)
    assert (answer.code, answer.param, answer.event_id) == (code, param, "mine")


@pytest.mark.parametrize(
    ("event", "after"),
    [
        (created(history(SAID)), '"item":5'),
        (created(history(SAID)), '"item":{"type":"message"}'),
        (respond(input=[history(SAID)]), '"response":5'),
        (respond(input=[history(SAID)]), '"item":{}'),
    ],
)
def test_what_is_said_twice_with_nulls_is_refused(event: dict[str, Any], after: str) -> None:
    message = f"{json.dumps(event)[:-1]},{after}}}"
    assert isinstance(GA.decode(message.encode()), Refused)
