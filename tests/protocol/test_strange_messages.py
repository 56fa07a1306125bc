"""Messages that no client library makes."""

import pytest

from repartee.protocol.client import ResponseCancel
from repartee.protocol.errors import Refused
from repartee.protocol.ga import GA
from repartee.protocol.said import DEEPEST

UNKNOWN, TYPE, VALUE = "unknown_parameter", "invalid_type", "invalid_value"


def nested(levels: int, opening: str = '{"a":', closing: str = "}") -> str:
    return opening * levels + "{}" + closing * levels


@pytest.mark.parametrize(("opening", "closing"), [('{"a":', "}"), ("[", "]")])
@pytest.mark.parametrize(
    ("before", "after", "param"),
    [
        (
            '"session.update","session":{"type":"realtime","tools":[{"type":"function","name":"a",'
            '"parameters":{"a":',
            "}}]}",
            "session.tools[0].parameters",
        ),
        (
            '"session.update","session":{"type":"realtime","tracing":{"metadata":{"a":',
            "}}}",
            "session.tracing.metadata",
        ),
    ],
)
def test_an_object_of_the_clients_own_may_be_deep_but_not_too_deep(
    opening: str, closing: str, before: str, after: str, param: str
) -> None:
    """Whatever walks through it later has Python's stack to do so."""
    for levels, is_fine in ((DEEPEST - 2, True), (DEEPEST, False), (900, False)):
        inside = nested(levels, opening, closing)
        message = f'{{"event_id":"mine","type":{before}{inside}{after}}}'
        answer = GA.decode(message.encode())
        if is_fine:
            assert not isinstance(answer, Refused)
            continue
        assert isinstance(answer, Refused)
        assert (answer.code, answer.param, answer.event_id) == (VALUE, param, "mine")


@pytest.mark.parametrize(
    ("message", "code", "param"),
    [
        pytest.param(b'{"type":"a` - at `$.b"}', VALUE, "type", id="a path in a type"),
        pytest.param(b'{"type":"response.cancel","":1}', UNKNOWN, "", id="a name of nothing"),
        pytest.param(
            b'{"type":"response.cancel","`a` - at `$.b`":1}', UNKNOWN, "`a` - at `$.b`", id="a path"
        ),
        pytest.param(
            b'{"type":"response.cancel","response_id":"a","response_id":5}',
            TYPE,
            "response_id",
            id="said twice",
        ),
        pytest.param(
            b'{"type":"session.update","session":{"type":"realtime","max_output_tokens":'
            + b"9" * 5000
            + b"}}",
            VALUE,
            "session.max_output_tokens",
            id="a very large integer",
        ),
        pytest.param(
            b'{"type":"session.update","session":{"type":"realtime","audio":{"output":{"speed":'
            b"1e999}}}}",
            VALUE,
            "session.audio.output.speed",
            id="more than a float holds",
        ),
        pytest.param(
            b'{"type":"session.update","session":{"type":"realtime","audio":{"output":{"speed":'
            b"NaN}}}}",
            "invalid_event",
            None,
            id="no number",
        ),
    ],
)
def test_strange_messages(message: bytes, code: str, param: str | None) -> None:
    """Attacks 47 and 50."""
    answer = GA.decode(message)
    assert isinstance(answer, Refused)
    assert (answer.code, answer.param) == (code, param)


@pytest.mark.parametrize(
    "member", [b'"x":"\\ud800"', b'"response_id":"\\udc00"', b'"x":nul', b'"response_id":"\xff"']
)
def test_what_is_no_json(member: bytes) -> None:
    """Attacks 48 and 49.

    Half a surrogate pair is what a client sends that cuts a text within an emoji.
    """
    answer = GA.decode(b'{"type":"response.cancel",' + member + b"}")
    assert isinstance(answer, Refused)
    assert answer.code == "invalid_event"
    assert answer.message == "Expected a JSON object in a text frame, but got malformed JSON."


def test_the_last_of_two_members_holds() -> None:
    message = b'{"type":"response.cancel","response_id":"a","response_id":"b"}'
    assert GA.decode(message) == ResponseCancel(response_id="b")


def test_a_long_word_is_told_by_its_beginning() -> None:
    answer = GA.decode(b'{"type":"' + b"x" * 10_000 + b'"}')
    assert isinstance(answer, Refused)
    assert answer.message.startswith(f"Invalid value: '{'x' * 256}…'. Supported values are: ")


def test_among_very_many_members_none_is_looked_for() -> None:
    """The search would keep every other session waiting."""
    many = ",".join(f'"{n}":""' for n in range(1000))
    start = b'{"type":"response.create","response":{"metadata":{'
    answer = GA.decode(start + many.encode() + b',"last":5}}}')
    assert isinstance(answer, Refused)
    assert (answer.code, answer.param) == (TYPE, "response.metadata")
