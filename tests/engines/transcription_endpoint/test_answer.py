"""Answers are read whole or as streams; words get the logarithms of their tokens."""

import json
from typing import Any

import pytest

from repartee.engines.transcription_endpoint.answer import (
    ErrorAnswer,
    Token,
    Transcript,
    UnreadableAnswer,
    words_of,
)


def read(*said: Any) -> Transcript:
    transcript = Transcript()
    for each in said:
        transcript.feed(each if isinstance(each, str) else json.dumps(each))
    return transcript


def delta(text: str) -> dict[str, str]:
    return {"type": "transcript.text.delta", "delta": text}


def done(text: str) -> dict[str, str]:
    return {"type": "transcript.text.done", "text": text}


@pytest.mark.parametrize(
    ("said", "text", "complete"),
    [
        ([{"text": " Hello.\n"}], "Hello.", True),
        ([{"text": "", "usage": {"type": "duration"}}], "", True),
        ([{"detail": "?"}], "", False),
        ([delta(" Hel"), delta("lo ")], "Hello", False),
        ([delta("Hello"), done("Hello there.")], "Hello there.", True),
        ([delta(" Hello"), done("Hello.")], "Hello.", True),
        ([delta("Hello"), done("Hallo")], "Hello", True),
        ([{"type": "transcript.text.segment", "text": "Hel"}], "", False),
        ([{"choices": [{"delta": {"content": " Hi"}}]}, "[DONE]"], "Hi", True),
        ([{"choices": [{"delta": {"content": None}}]}, {"choices": []}], "", False),
    ],
)
def test_answers(said: list[Any], text: str, complete: bool) -> None:
    transcript = read(*said)
    assert (transcript.text, transcript.complete) == (text, complete)


@pytest.mark.parametrize("answer", ["", "<html>", "[]", '{"text": 5}', '{"logprobs": [{}]}'])
def test_what_is_no_transcript(answer: str) -> None:
    with pytest.raises(UnreadableAnswer, match="no transcript"):
        read(answer)


@pytest.mark.parametrize(
    "answer", [{"error": {"message": "boom"}}, {"type": "error", "message": "boom"}]
)
def test_errors(answer: Any) -> None:
    with pytest.raises(ErrorAnswer, match="boom"):
        read(answer)


def test_words_have_the_sum_of_their_tokens() -> None:
    tokens = [
        Token(" Hel", -0.25),
        Token("lo", -0.5),
        Token(",", -1.0),
        Token(" ", -0.125),
        Token("Zo", -2.0),
        Token("?", -4.0, [0xC3]),
        Token("?", -8.0, [0xAB]),
    ]
    words = words_of("Hello, Zoë", tokens, ms=900)
    assert [(word.text, word.logprob) for word in words] == [("Hello,", -1.75), ("Zoë", -14.125)]
    assert [(word.start_ms, word.end_ms) for word in words] == [(0, 600), (600, 900)]


def test_a_logarithm_is_never_positive() -> None:
    assert words_of("a", [Token("a", 1e-9)], 1)[0].logprob == 0


def test_no_words_have_no_logarithms() -> None:
    assert words_of("", None, 100) == ()
    assert words_of("", [Token(" ", -1)], 100) == ()


@pytest.mark.parametrize("tokens", [None, [], [Token("Hallo", -1)], [Token("Hel", -1)]])
def test_what_is_not_told_is_not_made_up(tokens: list[Token] | None) -> None:
    with pytest.raises(UnreadableAnswer, match="log probabilities are not those"):
        words_of("Hello", tokens, 100)
