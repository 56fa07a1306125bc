"""What a response costs, and what a transcription does."""

import pytest
from msgspec import UNSET, UnsetType, to_builtins

from repartee.protocol.items import (
    FunctionCall,
    InputAudio,
    InputText,
    Item,
    Message,
    OutputAudio,
    OutputText,
)
from repartee.protocol.prompt import Call, CallOutput, Line
from repartee.protocol.prompt import Message as Spoken
from repartee.session.bounds import estimate_tokens
from repartee.session.conversation import Entry
from repartee.session.inputs import Finished
from repartee.session.usage import line_text, tokens, transcription_usage, usage_of


def entry(item: Item, audio_ms: float = 0, words: str = "") -> Entry:
    made = Entry(item)
    made.audio_ms = audio_ms
    made.transcript = words
    if words:
        made.marks = [(0.0, words)]
    return made


def user(audio_ms: float, words: str) -> Entry:
    return entry(Message(id="u", role="user", content=[InputAudio()]), audio_ms, words)


def typed(text: str) -> Entry:
    return entry(Message(id="t", role="user", content=[InputText(text=text)]))


def spoken(audio_ms: float, words: str) -> Entry:
    part = OutputAudio(transcript=words)
    return entry(Message(id="a", role="assistant", content=[part]), audio_ms, words)


def written(text: str) -> Entry:
    return entry(Message(id="w", role="assistant", content=[OutputText(text=text)]))


def call(arguments: str) -> Entry:
    return entry(FunctionCall(id="c", call_id="call_1", name="look", arguments=arguments))


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (Spoken("user", "Hello."), "Hello."),
        (Call("call_1", "look", "{}"), "look{}"),
        (CallOutput("call_1", "42"), "42"),
    ],
)
def test_what_of_a_line_costs(line: Line, text: str) -> None:
    assert line_text(line) == text


def test_sound_counts_by_its_length() -> None:
    """B120: a token per 100 ms heard, per 50 ms spoken."""
    usage = usage_of("", [user(950, "")], [spoken(120, "")], None, estimate_tokens)
    assert usage.input_token_details.audio_tokens == 10
    assert usage.output_token_details.audio_tokens == 3


def test_text_is_estimated_where_nobody_counted() -> None:
    context = [typed("12345678"), user(100, "not counted"), spoken(100, "1234"), call("{}")]
    usage = usage_of(
        "Be brief", context, [written("12345"), call('{"a": 1}')], None, estimate_tokens
    )
    assert usage.input_token_details.text_tokens == 2 + 2 + 1 + 2
    assert usage.output_token_details.text_tokens == 2 + 3


def test_spoken_words_are_text_as_well() -> None:
    usage = usage_of("", [], [spoken(1000, "12345678")], None, estimate_tokens)
    assert usage.output_token_details.text_tokens == 2
    assert usage.output_token_details.audio_tokens == 20


def test_the_endpoint_counts_best() -> None:
    finished = Finished("resp_1", input_tokens=70, output_tokens=30, cached_tokens=20)
    usage = usage_of(
        "Be brief",
        [typed("Hello"), user(1000, "Hi")],
        [spoken(1000, "Yes")],
        finished,
        estimate_tokens,
    )
    assert usage.input_token_details.text_tokens == 70
    assert usage.output_token_details.text_tokens == 30
    assert usage.input_token_details.cached_tokens == 20
    assert usage.input_tokens == 70 + 10
    assert usage.output_tokens == 30 + 20


@pytest.mark.parametrize(
    "finished", [None, Finished("r"), Finished("r", 10, 5, 99), Finished("r", 0, 0)]
)
def test_the_details_sum_up(finished: Finished | None) -> None:
    """B119"""
    usage = usage_of(
        "Be brief", [user(333, "x")], [spoken(333, "y"), call("{}")], finished, estimate_tokens
    )
    put, got = usage.input_token_details, usage.output_token_details
    assert usage.total_tokens == usage.input_tokens + usage.output_tokens
    assert usage.input_tokens == put.text_tokens + put.audio_tokens + put.image_tokens
    assert usage.output_tokens == got.text_tokens + got.audio_tokens
    assert put.cached_tokens <= usage.input_tokens
    details = put.cached_tokens_details
    assert put.cached_tokens == details.text_tokens + details.audio_tokens + details.image_tokens


def test_text_is_counted_by_whoever_is_named() -> None:
    usage = usage_of("Be brief", [typed("One two.")], [written("Three.")], None, len)
    assert usage.input_token_details.text_tokens == len("Be brief") + len("One two.")
    assert usage.output_token_details.text_tokens == len("Three.")


@pytest.mark.parametrize("model", ["whisper-1", "any", "", None, UNSET])
def test_a_transcription_costs_its_seconds(model: str | UnsetType | None) -> None:
    """B176"""
    usage = transcription_usage(model, 1250, "Hello.", len)
    assert to_builtins(usage) == {"type": "duration", "seconds": 1.25}


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-4o-mini-transcribe", "gpt-transcribe"])
def test_or_its_tokens_where_the_model_counts_them(model: str) -> None:
    """B176"""
    assert to_builtins(transcription_usage(model, 1250, "Hello.", len)) == {
        "type": "tokens",
        "total_tokens": 19,
        "input_tokens": 13,
        "output_tokens": 6,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 13},
    }


def test_an_endpoint_may_tell_sound_apart() -> None:
    finished = Finished("r", 60, 12, 20, None, 40, 38, 15)
    usage = usage_of("", [user(950, "")], [spoken(120, "")], finished, estimate_tokens)
    put, got = usage.input_token_details, usage.output_token_details
    assert (put.text_tokens, put.audio_tokens) == (60, 40)
    assert (put.cached_tokens, put.cached_tokens_details.audio_tokens) == (35, 15)
    assert (got.text_tokens, got.audio_tokens) == (12, 38)
    assert usage.total_tokens == 150


def test_what_an_item_costs_to_one_that_hears() -> None:
    heard = user(950, "Hello.")
    heard.audio = bytes(9)
    assert tokens(heard, len) == len("Hello.")
    assert tokens(heard, len, hears=True) == 10
    heard.audio = None
    assert tokens(heard, len, hears=True) == len("Hello.")
