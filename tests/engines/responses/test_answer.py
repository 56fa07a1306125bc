"""Events of the Responses API become results."""

import json
from typing import Any

import pytest

from repartee.engines.chat.answer import ErrorChunk, UnreadableChunk
from repartee.engines.protocols import Stopped, Text, ToolCall, Usage
from repartee.engines.responses.answer import ResponseAnswer

Event = dict[str, Any]


def told(kind: str, **members: Any) -> Event:
    return {"type": f"response.{kind}", **members}


def words(text: str) -> Event:
    return told("output_text.delta", delta=text, output_index=0, content_index=0)


def called(name: str | None, at: int = 0, arguments: str = "") -> Event:
    item = {"type": "function_call", "call_id": "c", "name": name, "arguments": arguments}
    return told("output_item.added", output_index=at, item=item)


def ends(status: str = "completed", **members: Any) -> Event:
    return told(status, response={"object": "response", "status": status, **members})


def read(*events: Event) -> list[Any]:
    answer = ResponseAnswer()
    results = [result for each in events for result in answer.feed(json.dumps(each))]
    return [*results, *answer.finish()]


USAGE = {"input_tokens": 9, "output_tokens": 3, "input_tokens_details": {"cached_tokens": 4}}


def test_text_and_counts() -> None:
    answer = ResponseAnswer()
    assert answer.feed(json.dumps(told("created", response={"status": "in_progress"}))) == []
    assert answer.feed(json.dumps(words("Hey."))) == [Text("Hey.")]
    assert not answer.finished
    assert answer.feed(json.dumps(ends(usage=USAGE))) == []
    assert answer.finished
    assert answer.finish() == [Usage(9, 3, 4)]
    assert read(told("refusal.delta", delta="No."), ends()) == [Text("No.")]


def test_thoughts_are_not_said() -> None:
    thought = told("reasoning_text.delta", delta="Hmm", output_index=0)
    assert read(thought, words("Yes."), ends()) == [Text("Yes.")]


def test_calls_by_their_place() -> None:
    parts = [
        called("f", 1),
        called("g", 2),
        told("function_call_arguments.delta", output_index=1, delta='{"x":'),
        told("function_call_arguments.delta", output_index=2, delta="{}"),
        told("function_call_arguments.delta", output_index=1, delta="1}"),
        told("function_call_arguments.done", output_index=1, arguments='{"x":1}'),
    ]
    assert read(*parts, ends()) == [
        ToolCall("1", "f", ""),
        ToolCall("2", "g", ""),
        ToolCall("1", "", '{"x":'),
        ToolCall("2", "", "{}"),
        ToolCall("1", "", "1}"),
    ]


def test_arguments_that_come_whole_or_not_at_all() -> None:
    done = told("function_call_arguments.done", output_index=0, arguments="{}")
    assert read(called("f"), done, ends()) == [ToolCall("0", "f", ""), ToolCall("0", "", "{}")]
    assert read(called("f", arguments="{}"), ends()) == [ToolCall("0", "f", "{}")]
    assert read(called("f"), ends()) == [ToolCall("0", "f", ""), ToolCall("0", "", "{}")]


@pytest.mark.parametrize("reason", ["max_output_tokens", "content_filter"])
def test_how_it_stopped(reason: str) -> None:
    assert read(ends("incomplete", incomplete_details={"reason": reason})) == [Stopped(reason)]


def test_an_endpoint_that_does_not_stream() -> None:
    message = {"type": "message", "content": [{"type": "output_text", "text": "Hi."}]}
    call = {"type": "function_call", "name": "f", "arguments": "{}"}
    whole = {"object": "response", "status": "completed", "output": [message, call], "usage": USAGE}
    assert read(whole) == [Text("Hi."), ToolCall("1", "f", "{}"), Usage(9, 3, 4)]


@pytest.mark.parametrize(
    "event",
    [
        ends("failed", error={"code": "server_error", "message": "It broke."}),
        {"type": "error", "code": "server_error", "message": "It broke."},
        {"error": {"message": "It broke."}},
    ],
)
def test_errors_in_the_midst(event: Event) -> None:
    with pytest.raises(ErrorChunk, match="It broke"):
        read(words("We"), event)


@pytest.mark.parametrize(
    "event",
    [
        called(None),
        told("function_call_arguments.delta", output_index=0, delta="{}"),
        told("output_item.added", output_index="first"),
    ],
)
def test_what_cannot_be_read(event: Event) -> None:
    with pytest.raises(UnreadableChunk):
        read(event)
    with pytest.raises(UnreadableChunk):
        ResponseAnswer().feed("<html>")
