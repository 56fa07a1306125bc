"""Chunks become results, also those of endpoints that stream in their own way."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from repartee.engines.chat.answer import ChatAnswer, ErrorChunk, UnreadableChunk
from repartee.engines.protocols import Stopped, Text, ToolCall, Usage

Piece = dict[str, Any]


def chunk(finish: str | None = None, **delta: Any) -> Piece:
    return {"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]}


def read(*chunks: Piece) -> list[Any]:
    answer = ChatAnswer()
    results = [result for each in chunks for result in answer.feed(json.dumps(each))]
    return [*results, *answer.finish()]


def text(*contents: str | None) -> str:
    results = read(*(chunk(content=content) for content in contents))
    assert all(isinstance(result, Text) and result.text for result in results)
    return "".join(result.text for result in results)


def calls(*pieces: Piece | list[Piece]) -> list[tuple[str, str]]:
    """Name and arguments of the calls that these pieces make, in order."""
    several = (piece if isinstance(piece, list) else [piece] for piece in pieces)
    found: dict[str, tuple[str, str]] = {}
    for result in read(*(chunk(tool_calls=each) for each in several)):
        assert isinstance(result, ToolCall)
        name, arguments = found.get(result.key, (result.name, ""))
        assert bool(result.name) == (result.key not in found)
        found[result.key] = name, arguments + result.arguments
    return list(found.values())


def piece(name: str | None = None, arguments: Any = None, **place: Any) -> Piece:
    function = {"name": name, "arguments": arguments}
    return {
        **place,
        "function": {key: value for key, value in function.items() if value is not None},
    }


def test_text() -> None:
    assert read(chunk(role="assistant", content=""), chunk(content="He"), chunk(content="y")) == [
        Text("He"),
        Text("y"),
    ]
    assert text("Hi", None, " you") == "Hi you"
    assert read(chunk(refusal="No.")) == [Text("No.")]


def test_how_it_ended() -> None:
    answer = ChatAnswer()
    answer.feed(json.dumps(chunk(content="x")))
    assert not answer.finished
    answer.feed(json.dumps(chunk("stop")))
    assert answer.finished
    assert read(chunk("length")) == [Stopped("max_output_tokens")]
    assert read(chunk("content_filter")) == [Stopped("content_filter")]
    assert read(chunk("tool_calls")) == []


def test_counts_come_last_and_once() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 3}
    cached = {**usage, "prompt_tokens_details": {"cached_tokens": 4}}
    early = {**chunk("length"), "usage": usage}
    assert read(early, {"choices": [], "usage": cached}, {"choices": [], "usage": None}) == [
        Stopped("max_output_tokens"),
        Usage(9, 3, 4),
    ]
    assert read({"usage": {**usage, "prompt_tokens_details": None}}) == [Usage(9, 3)]
    assert read({"usage": {"prompt_tokens": 9}}) == []


def test_a_call_in_pieces() -> None:
    pieces = [
        piece("f", "", index=0, id="c"),
        piece(None, '{"a"', index=0),
        piece(None, ":1}", index=0),
    ]
    assert read(*(chunk(tool_calls=[each]) for each in pieces)) == [
        ToolCall("0", "f", ""),
        ToolCall("0", "", '{"a"'),
        ToolCall("0", "", ":1}"),
    ]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([piece("f", '{"a":1}', index=0, id="c")], [("f", '{"a":1}')]),
        ([piece("f", '{"a":1}')], [("f", '{"a":1}')]),  # neither index nor id
        ([piece("f"), piece(None, "{"), piece(None, "}")], [("f", "{}")]),
        ([piece("f", "", index=0, id="c")], [("f", "{}")]),  # no arguments at all
        ([piece("f", {"a": 1}, index=0)], [("f", '{"a":1}')]),  # an object instead of its text
        (  # the id and the name with every piece
            [piece("f", "{", index=0, id="c"), piece("f", "}", index=0, id="c")],
            [("f", "{}")],
        ),
        (  # the name with every piece, without an id
            [piece("f", "{", index=0), piece("f", "}", index=0)],
            [("f", "{}")],
        ),
        (  # another id with every piece
            [piece("f", "{", index=0, id="c"), piece(None, "}", index=0, id="d")],
            [("f", "{}")],
        ),
        (  # the name only with the second piece
            [piece("", "", index=0, id="c"), piece("f", "{", index=0), piece(None, "}", index=0)],
            [("f", "{}")],
        ),
        (  # two calls, all with index 0
            [piece("f", "{}", index=0, id="c"), piece("f", "{}", index=0, id="d")],
            [("f", "{}"), ("f", "{}")],
        ),
        (  # two calls, without index and id
            [[piece("f", "{}"), piece("g", "{}")]],
            [("f", "{}"), ("g", "{}")],
        ),
        (  # two calls with the same id
            [piece("f", "{}", index=0, id="c"), piece("g", "{}", index=1, id="c")],
            [("f", "{}"), ("g", "{}")],
        ),
        (  # two calls whose pieces alternate
            [
                [piece("f", "{", index=0, id="c"), piece("g", "{", index=1, id="d")],
                [piece(None, "}", index=1), piece(None, "}", index=0)],
            ],
            [("f", "{}"), ("g", "{}")],
        ),
    ],
)
def test_calls(pieces: list[Any], expected: list[tuple[str, str]]) -> None:
    assert calls(*pieces) == expected


def test_the_older_form_of_a_call() -> None:
    first = chunk(function_call={"name": "f", "arguments": ""})
    second = chunk("function_call", function_call={"arguments": '{"a":1}'})
    assert read(first, second) == [ToolCall("0", "f", ""), ToolCall("0", "", '{"a":1}')]
    assert read(first, chunk("function_call"))[-1] == ToolCall("0", "", "{}")


def test_a_call_without_a_name_is_refused() -> None:
    with pytest.raises(UnreadableChunk, match="without saying which"):
        calls(piece(None, "{}", index=0))


def test_text_after_a_call_is_left_out() -> None:
    call = chunk(tool_calls=[piece("f", "{}")])
    assert read(chunk(content="One"), call, chunk(content="\n")) == [
        Text("One"),
        ToolCall("0", "f", "{}"),
    ]


def test_an_answer_that_is_not_streamed() -> None:
    message = {"content": "Hi.", "tool_calls": [piece("f", "{}", id="c")]}
    whole = {
        "choices": [{"message": message, "finish_reason": "tool_calls"}],
        "usage": {"prompt_tokens": 1, "completion_tokens": 2},
    }
    assert read(whole) == [Text("Hi."), ToolCall("0", "f", "{}"), Usage(1, 2)]


@pytest.mark.parametrize(
    ("contents", "aloud"),
    [
        (["<think>Hm.</think>\n\nHi."], "Hi."),
        (["<th", "ink>a <b", "</thi", "nk>", "\n", "\n", "Hi", " you"], "Hi you"),
        (["\n <think>\n</think>Hi."], "Hi."),
        (["<think>never ", "ended"], ""),
        (["<think></think>"], ""),
        ([" <b>Hi</b>"], " <b>Hi</b>"),
        (["<thin", "g> Hi"], "<thing> Hi"),
        (["<thi"], "<thi"),
        (["Hi <think>x</think>"], "Hi <think>x</think>"),
        (["\n", "\n"], "\n\n"),
    ],
)
def test_thoughts_are_not_spoken(contents: list[str], aloud: str) -> None:
    assert text(*contents) == aloud
    assert text(*"".join(contents)) == aloud


def test_reasoning_is_not_spoken() -> None:
    assert read(chunk(reasoning_content="Hm.", reasoning="Hm."), chunk(content="Hi.")) == [
        Text("Hi.")
    ]


@pytest.mark.parametrize(
    "data", ["", "{", "[]", '"x"', '{"choices": 3}', '{"choices": [{"delta": {"content": 3}}]}']
)
def test_what_is_no_chunk(data: str) -> None:
    with pytest.raises(UnreadableChunk, match="no chat completion"):
        ChatAnswer().feed(data)


def test_an_error_in_the_stream() -> None:
    for body in (
        {"error": {"message": "out of memory"}},
        {"object": "error", "message": "out of memory"},
    ):
        with pytest.raises(ErrorChunk, match=r"^out of memory$"):
            ChatAnswer().feed(json.dumps(body))


@given(st.lists(st.text("<think>/ab \n", max_size=8)))
def test_cuts_change_nothing(contents: list[str]) -> None:
    assert text(*contents) == text("".join(contents))
